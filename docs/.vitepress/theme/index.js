/** Without the fonts: the site uses those of the system. */
import DefaultTheme from "vitepress/theme-without-fonts";
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import "./style.css";

// oxlint-disable-next-line import/no-default-export -- VitePress expects it
export default DefaultTheme;
