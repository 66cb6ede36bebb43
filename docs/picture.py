#!/usr/bin/env python3
"""Draws a terminal screen as SVG: tmux capture-pane -e -p | docs/picture.py > docs/overview.svg

make picture runs it on the demo.
"""
import html
import re
import sys
import unicodedata

CELL, LINE, FONT = 8.4, 17, 14
BASIC = ["#1d1f28", "#ff5c57", "#5af78e", "#f3f99d", "#57c7ff", "#ff6ac1", "#9aedfe", "#f1f1f0",
         "#686868", "#ff5c57", "#5af78e", "#f3f99d", "#57c7ff", "#ff6ac1", "#9aedfe", "#ffffff"]
RUN = 20  # characters in one text: librsvg misplaces those of long ones
INK, PAPER = "#d0d3dc", "#14161c"


def colour(n):
    if n < 16:
        return BASIC[n]
    if n >= 232:
        v = 8 + (n - 232) * 10
        return f"#{v:02x}{v:02x}{v:02x}"
    n -= 16
    return "#" + "".join(f"{(0, 95, 135, 175, 215, 255)[(n // d) % 6]:02x}" for d in (36, 6, 1))


def apply(codes, style):
    codes = [int(c or 0) for c in codes.split(";")] if codes else [0]
    while codes:
        c = codes.pop(0)
        if c == 0:
            style.update(fg=None, bg=None, bold=False, dim=False, reverse=False)
        elif c in (1, 2, 7, 22, 27):
            style.update({1: {"bold": True}, 2: {"dim": True}, 7: {"reverse": True},
                          22: {"bold": False, "dim": False}, 27: {"reverse": False}}[c])
        elif 30 <= c <= 37 or 90 <= c <= 97:
            style["fg"] = BASIC[c - 30 if c < 90 else c - 82]
        elif 40 <= c <= 47 or 100 <= c <= 107:
            style["bg"] = BASIC[c - 40 if c < 100 else c - 92]
        elif c in (38, 48):
            where = "fg" if c == 38 else "bg"
            if codes.pop(0) == 5:
                style[where] = colour(codes.pop(0))
            else:
                style[where] = "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))
        elif c in (39, 49):
            style["fg" if c == 39 else "bg"] = None


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    style = dict(fg=None, bg=None, bold=False, dim=False, reverse=False)
    out, widest = [], 0
    for row, line in enumerate(lines):
        column = 0
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                apply(part[2:-1], style)
                continue
            if not part:
                continue
            width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in part)
            fg, bg = style["fg"] or INK, style["bg"]
            if style["reverse"]:
                fg, bg = bg or PAPER, fg
            x, y = 12 + column * CELL, 12 + row * LINE
            if bg:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{width * CELL:.1f}" height="{LINE}" fill="{bg}"/>')
            if part.strip():
                extra = (' font-weight="bold"' if style["bold"] else "") + (' opacity="0.6"' if style["dim"] else "")
                at = column
                for i in range(0, len(part), RUN):
                    run, places = part[i : i + RUN], []
                    for c in run:
                        places.append(f"{12 + at * CELL:.1f}".removesuffix(".0"))
                        at += 2 if unicodedata.east_asian_width(c) in "WF" else 1
                    out.append(f'<text x="{" ".join(places)}" y="{y + 13}" fill="{fg}"{extra}>{html.escape(run)}</text>')
            column += width
        widest = max(widest, column)
    w, h = 24 + widest * CELL, 24 + len(lines) * LINE
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h}" font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="{FONT}" xml:space="preserve">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>')
    print("\n".join(out))
    print("</svg>")


main()
