"""Markdown: numbers, tables, and the parts of a document that are made."""
import re


def number(value):
    """For people: three digits that count, thousands apart."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def table(heading, lines):
    def line(cells):
        return "| " + " | ".join(number(cell).replace("|", "\\|") for cell in cells) + " |"
    return "\n".join([line(heading), "|" + "---|" * len(heading), *map(line, lines)])


def replace_parts(document, parts):
    """The document with each part of this name between its markers; what stands elsewhere stays. ValueError for a missing one."""
    for name, text in parts.items():
        begin, end = f"<!-- made by bench/report: {name} -->", "<!-- end -->"
        pattern = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.S)
        if not pattern.search(document):
            raise ValueError(f"there is no place for {name}: the document needs the lines {begin} and {end}")
        document = pattern.sub(lambda found, text=text: f"{found.group(1)}\n{text}\n\n{found.group(2)}", document, count=1)
    return document
