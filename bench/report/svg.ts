/** Plots as SVG, drawn by hand: bars and lines on a logarithmic or plain scale, readable in light and dark. */
import { number } from './format.ts';

export interface Bar {
  readonly label: string;
  /** One for each series; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const colours = ['#2f6fb5', '#d9822b', '#4d9a51', '#9a5ba5', '#888888'];
const style = '<style>text{font:12px system-ui,sans-serif;fill:#333}.t{font-size:14px;font-weight:600}.g{stroke:#bbb;stroke-width:.5}@media(prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#555}}</style>';

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const text = (x: number, y: number, content: string, more = ''): string => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(content)}</text>`;
const svg = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${style}${parts.join('')}</svg>\n`;

const legend = (names: readonly string[], x: number, y: number): string[] =>
  names.flatMap((name, n) => [`<rect x="${x + n * 150}" y="${y - 9}" width="10" height="10" fill="${colours[n % colours.length]}"/>`, text(x + n * 150 + 15, y, name)]);

const width = 760;
const left = 300;
const right = 70;

/** @returns horizontal bars, a group for each label, a bar for each series */
export function bars(title: string, series: readonly string[], data: readonly Bar[], { isLogarithmic = false } = {}): string {
  const all = data.flatMap(({ values }) => values.filter((value) => value !== undefined && value > 0) as number[]);
  const most = Math.max(...all, 1e-9);
  const least = isLogarithmic ? 10 ** Math.floor(Math.log10(Math.min(...all, most)) - 0.01) : 0;
  const scale = (value: number): number => (isLogarithmic ? Math.log(Math.max(value, least) / least) / Math.log(most / least || 2) : value / most) * (width - left - right);
  const thickness = series.length > 1 ? 11 : 14;
  const step = thickness * series.length + 8;
  const top = 54;
  const parts = [text(10, 20, title, 'class="t"'), ...(series.length > 1 ? legend(series, 10, 40) : [])];
  data.forEach(({ label, values }, n) => {
    const y = top + n * step;
    parts.push(text(left - 8, y + (thickness * series.length) / 2 + 4, label.length > 40 ? `${label.slice(0, 39)}…` : label, 'text-anchor="end"'));
    values.forEach((value, index) => {
      if (value === undefined) return;
      const length = Math.max(1, scale(value));
      parts.push(`<rect x="${left}" y="${y + index * thickness}" width="${length.toFixed(1)}" height="${thickness - 1}" fill="${colours[index % colours.length]}"/>`, text(left + length + 4, y + index * thickness + thickness - 2, number(value), 'font-size="10"'));
    });
  });
  return svg(width, top + data.length * step + 10, parts);
}

/** @returns lines over x, both axes from nought, or x by its logarithm to the base 2 */
export function lines(title: string, axes: readonly [x: string, y: string], series: readonly Line[], { isLogarithmic = false } = {}): string {
  const [x0, y0, height] = [70, 72, 260];
  const points = series.flatMap((line) => line.points);
  const by = (x: number): number => (isLogarithmic ? Math.log2(x) : x);
  const mostX = Math.max(...points.map(([x]) => by(x)), 1e-9);
  const mostY = niceAbove(Math.max(...points.map(([, y]) => y), 1e-9));
  const px = (x: number): number => x0 + (by(x) / mostX) * (width - x0 - 30);
  const py = (y: number): number => y0 + height - (y / mostY) * height;
  const parts = [text(10, 20, title, 'class="t"'), ...legend(series.map(({ name }) => name), 10, 40)];
  for (let n = 0; n <= 4; n++) {
    const y = (mostY / 4) * n;
    parts.push(`<line class="g" x1="${x0}" x2="${width - 20}" y1="${py(y)}" y2="${py(y)}"/>`, text(x0 - 6, py(y) + 4, number(y), 'text-anchor="end"'));
  }
  for (const x of new Set(points.map(([value]) => value))) parts.push(text(px(x), y0 + height + 18, number(x), 'text-anchor="middle"'));
  parts.push(text(width - 20, y0 + height + 36, axes[0], 'text-anchor="end"'), text(10, y0 - 10, axes[1]));
  series.forEach(({ points: own }, n) => {
    const colour = colours[n % colours.length];
    parts.push(`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${own.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ')}"/>`, ...own.map(([x, y]) => `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3" fill="${colour}"/>`));
  });
  return svg(width, y0 + height + 46, parts);
}

/** @returns the least of 1, 2, 2.5 and 5 times a power of ten that is not below */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}
