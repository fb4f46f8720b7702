"""A flame graph as SVG that stands alone, from the text of `perf script`."""
import collections
import html
import re
import zlib

WIDTH, ROW, TEXT_WIDTH = 1200, 17, 6.6
# Narrower frames are left out: nobody can see them.
SHARE_MIN = 0.001
STYLE = """<style>
text { font: 11px ui-monospace, monospace; fill: #111; pointer-events: none } .title { font: 600 14px system-ui, sans-serif; fill: #222 }
rect:hover { stroke: #000 }
@media (prefers-color-scheme: dark) { .title { fill: #ddd } rect:hover { stroke: #fff } }
</style>"""


def fold(script):
    """Samples by stack, outermost first: a Counter of tuples that begin with the thread's name."""
    stacks = collections.Counter()
    for sample in re.split(r"\n\s*\n", script):
        head, *frames = sample.strip("\n").splitlines() or [""]
        names = [short(match.group(1)) for frame in frames if (match := re.match(r"\s+[0-9a-f]+ (.*) \(.*\)$", frame))]
        # What could not be unwound or has no symbol tells nothing, unless it is all there is.
        names = [name for name in names if name != "[unknown]"] or names[:1]
        if names:
            stacks[(re.sub(r"\s+\d+(/\d+)?\s.*", "", head.strip()), *reversed(names))] += 1
    return stacks


def short(symbol):
    """Without offset, arguments and template arguments."""
    symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol)
    if symbol.startswith("["):
        return symbol
    symbol = symbol.replace("(anonymous namespace)::", "").replace("operator()", "operator_call")
    for pair in (r"<[^<>]*>", r"\([^()]*\)"):
        while (without := re.sub(pair, "", symbol)) != symbol:
            symbol = without
    return re.sub(r"^.*\s(?=\S+$)", "", symbol.replace("operator_call", "operator()").replace(" const", "").strip())


class _Node:
    def __init__(self):
        self.count, self.children = 0, {}


def _tree(stacks):
    root = _Node()
    for stack, count in stacks.items():
        node = root
        node.count += count
        for name in stack:
            node = node.children.setdefault(name, _Node())
            node.count += count
    return root


def render(stacks, title):
    """The SVG's text; frames grow upwards."""
    root = _tree(stacks)
    if not root.count:
        raise ValueError("there is no sample")
    frames = []
    _place(root, "all", 0, 0, root.count, frames)
    height = (max(depth for _, depth, _, _ in frames) + 3) * ROW
    parts = [_rectangle(*frame, root.count, height) for frame in frames]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n{STYLE}\n'
            f'<text class="title" x="4" y="16">{html.escape(title)}</text>\n' + "\n".join(parts) + "\n</svg>\n")


def _place(node, name, start, depth, total, frames):
    if node.count < SHARE_MIN * total:
        return
    frames.append((name, depth, start, node.count))
    for child, inner in sorted(node.children.items()):
        _place(inner, child, start, depth + 1, total, frames)
        start += inner.count


def _rectangle(name, depth, start, count, total, height):
    x, width, y = WIDTH * start / total, WIDTH * count / total, height - (depth + 1) * ROW
    # The same function has the same colour everywhere.
    hue, light = zlib.crc32(name.encode()) % 50, 60 + zlib.crc32(name[::-1].encode()) % 15
    letters = int(width / TEXT_WIDTH) - 1
    label = name if len(name) <= letters else name[:letters - 1] + "…" if letters > 3 else ""
    text = f'<text x="{x + 3:.1f}" y="{y + 12:.1f}">{html.escape(label)}</text>' if label else ""
    return (f'<g><title>{html.escape(name)}: {count} samples, {count / total:.1%}</title>'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width - 0.5, 0.3):.1f}" height="{ROW - 1}" fill="hsl({hue},85%,{light}%)"/>{text}</g>')
