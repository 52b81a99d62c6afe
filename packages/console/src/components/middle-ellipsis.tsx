/** One line of text. If the text is too long, an ellipsis replaces its middle, not its end. */

const tailCharacters = 14;
const shortCharacters = 24;

/** Meant for URLs: both the host and the end of the path distinguish one from another. */
export function MiddleEllipsis({ text }: { readonly text: string }) {
  const characters = Array.from(text);
  if (characters.length <= shortCharacters) {
    return <span className="truncate untrusted-text">{text}</span>;
  }
  const tail = characters.slice(-tailCharacters).join("");
  const head = characters.slice(0, -tailCharacters).join("");
  return (
    <span className="middle-ellipsis" title={text}>
      <span className="visually-hidden">{text}</span>
      {/* Two boxes would be read and searched as two words. */}
      <span aria-hidden className="middle-ellipsis-head untrusted-text">
        {head}
      </span>
      <span aria-hidden className="untrusted-text">
        {tail}
      </span>
    </span>
  );
}
