// Words whose contrast with their ground is less than WCAG's AA asks for, as "words: ratio (where)".
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const over = (under, color) => {
    for (const each of [`rgb(${under.join(" ")})`, color]) {
      pen.fillStyle = each;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const ground = (node) => {
    const above = node.parentElement ? ground(node.parentElement) : [255, 255, 255];
    return over(above, getComputedStyle(node).backgroundColor);
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pale = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.data.trim();
    const node = texts.currentNode.parentElement;
    const seen = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!words || !seen || node.closest(":disabled, .for-readers, option, .skip")) continue;
    const style = getComputedStyle(node);
    const under = ground(node);
    const [more, less] = [light(over(under, style.color)), light(under)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const big = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (more + 0.05) / (less + 0.05);
    if (ratio < (big ? 3 : 4.5)) {
      pale.add(`${words.slice(0, 40)}: ${ratio.toFixed(2)} (${node.className || node.tagName})`);
    }
  }
  return [...pale];
}
