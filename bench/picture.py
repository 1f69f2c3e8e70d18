"""A picture of a few measurements, as SVG: horizontal bars in groups, one group a measurement."""
import math

WIDTH, LABEL, BAR, GAP = 760, 90, 22, 6
COLOURS = {"linux": "#8a8f98", "process": "#2a7f62", "kvm": "#1f5fa8", "crun": "#c9a227",
           "runc": "#b5532a"}


def bars(title, values, logarithmic, top):
    most = max(values.values())
    least = min(values.values()) / 2
    out = [f'<text x="10" y="{top + 16}" font-weight="bold">{title}</text>']
    y = top + 28
    for name, value in values.items():
        share = (math.log(value / least) / math.log(most / least)) if logarithmic else value / most
        length = share * (WIDTH - LABEL - 110)
        label = {"linux": "Linux"}.get(name, name)
        out.append(f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end">{label}</text>')
        out.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" '
                   f'fill="{COLOURS.get(name, "#666666")}"/>')
        out.append(f'<text x="{LABEL + length + 8:.1f}" y="{y + 16}">{value:,.0f}</text>')
        y += BAR + GAP
    return out, y + 12


def draw(groups):
    """groups: (title, {side: value}, logarithmic) each. Returns the SVG text."""
    body, top = [], 8
    for title, values, logarithmic in groups:
        lines, top = bars(title, values, logarithmic, top)
        body += lines
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
            f'viewBox="0 0 {WIDTH} {top}" font-family="sans-serif" font-size="13">\n'
            f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n')
    return head + "\n".join(body) + "\n</svg>\n"
