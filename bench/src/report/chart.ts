/** Bar charts as SVG. */
import * as echarts from "echarts";
import type { Chart } from "../scenario.ts";

const width = 820;
const barHeight = 40;

export function barChart({ title, unit, bars }: Chart): string {
  const height = 90 + bars.length * barHeight;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  const ownColor = "#0b6e4f";
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: title, left: 10, top: 8, textStyle: { fontSize: 15 } },
    grid: { left: 290, right: 80, top: 48, bottom: 36 },
    xAxis: { type: "value", name: unit, nameLocation: "middle", nameGap: 24 },
    yAxis: { type: "category", inverse: true, data: bars.map(({ label }) => label) },
    series: [
      {
        type: "bar",
        data: bars.map(({ label, value }) => ({
          value: value < 100 ? Math.round(value * 10) / 10 : Math.round(value),
          itemStyle: { color: label.startsWith("Posthorn") ? ownColor : "#9aa5b1" },
        })),
        label: { show: true, position: "right" },
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
