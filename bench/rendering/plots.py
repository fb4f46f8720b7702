"""Bar charts as SVG that stand alone, light or dark as the reader's system is."""
import dataclasses
import html

from .text import number

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #222 }
.title { font-weight: 600 } .label { font-size: 10px } .bar { fill: #2a7ab0 } .base { fill: #174a6e } .axis { stroke: #888 } .limit { stroke: #c22; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .bar { fill: #5aa9dd } .base { fill: #9ad0f5 } }
</style>"""
WIDTH, HEIGHT, BAR_HEIGHT, TOP, GAP = 420, 220, 150, 40, 30


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    labels: list
    values: list
    limit: float = None  # drawn as a line
    base: int = None  # the bar that the others are compared with


def bars(panels):
    """The text of an SVG with the panels side by side."""
    width = len(panels) * (WIDTH + GAP)
    parts = [_panel(panel, at * (WIDTH + GAP)) for at, panel in enumerate(panels)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">\n'
            f'{STYLE}\n' + "\n".join(parts) + "\n</svg>\n")


def _panel(panel, left):
    top = max([*panel.values, panel.limit or 0]) or 1
    step = WIDTH / len(panel.values)
    bottom = TOP + BAR_HEIGHT
    parts = [f'<text class="title" x="{left}" y="16">{html.escape(panel.title)}</text>']
    for at, (label, value) in enumerate(zip(panel.labels, panel.values)):
        height, middle = BAR_HEIGHT * value / top, left + (at + 0.5) * step
        kind = "base" if at == panel.base else "bar"
        parts += [f'<rect class="{kind}" x="{middle - step * 0.35:.1f}" y="{bottom - height:.1f}" width="{step * 0.7:.1f}" height="{height:.1f}"/>',
                  f'<text x="{middle:.1f}" y="{bottom - height - 4:.1f}" text-anchor="middle">{number(value)}</text>',
                  f'<text class="label" x="{middle:.1f}" y="{bottom + 16}" text-anchor="middle">{html.escape(str(label))}</text>']
    parts.append(f'<line class="axis" x1="{left}" y1="{bottom}" x2="{left + WIDTH}" y2="{bottom}"/>')
    if panel.limit:
        y = bottom - BAR_HEIGHT * panel.limit / top
        parts.append(f'<line class="limit" x1="{left}" y1="{y:.1f}" x2="{left + WIDTH}" y2="{y:.1f}"/>')
    return "\n".join(parts)
