"""The solved model's LaTeX, as Pyomo prints it, for a Markdown file and as MathML for a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markupsafe import Markup

from ..pages import visible

LONGEST = 100_000
"""Characters of LaTeX that are converted; more of them is no reading matter."""
_NAME = r"(?:[^\W\d_]|\\_)(?:[^\W_]|\\_)*"
_TOKENS = re.compile(
    r"\\mathbb\{(?P<set>[RZN])\}|(?P<command>\\(?:text|begin|end)\{[^{}]*\}|\\[A-Za-z]+)"
    r"|(?<!\w)(?P<digits>\d+(?:\.\d+)?)e(?P<power>[-+]?\d+)"
    rf"|(?<![\w\\])(?P<name>{_NAME})(?:\[(?P<index>[^\]]*)\])?"
)
_SETS = {"R": "\N{DOUBLE-STRUCK CAPITAL R}", "Z": "\N{DOUBLE-STRUCK CAPITAL Z}", "N": "\N{DOUBLE-STRUCK CAPITAL N}"}
_STAND_IN = re.compile(r"name(\d+)")
_ELEMENTS = frozenset(("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mtable", "mtr", "mtd"))
_ELEMENTS |= {"mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover"}
_ATTRIBUTES = frozenset(("display", "displaystyle", "form", "fence", "stretchy", "width"))


def display_math(latex: str) -> str:
    """Pyomo's `align` environment as the `aligned` that Markdown's `$$` takes: no labels, no blank lines.

    Members of an indexed constraint stand where the others do: Pyomo puts them one column before.
    """
    body = re.sub(r"\\label\{[^}]*\}|\\begin\{equation\}|\\end\{equation\}", "", latex)
    body = re.sub(r"\\(begin|end)\{align\}", r"\\\1{aligned}", body).replace(r"\mathds", r"\mathbb").replace("$", "")
    lines = "\n".join(" ".join(line.split()) for line in body.splitlines() if line.strip())
    return re.sub(r"(\\\\\n)& & (?!&)", r"\1&&& ", lines)


def mathml(latex: str) -> Markup | None:
    """`<math>` for a page; None where the LaTeX cannot be converted, or would become more than formulas.

    Names never reach the converter, because it lets text through as it stands: it sees numbered stand-ins, and an
    index is set as a subscript when they are put back.
    """
    from latex2mathml.converter import convert

    names: list[tuple[str, str | None]] = []
    body = _TOKENS.sub(lambda token: _stand_in(token, names), display_math(latex))
    if len(body) > LONGEST:
        return None
    try:
        text = convert(re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{align*}", body), display="block")
        root = ET.fromstring(text.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1))
        for element in list(root.iter()):
            _checked(element, names)
    except Exception:  # the converter fails with whatever comes; the page then shows the LaTeX
        return None
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))


def _stand_in(token: re.Match[str], names: list[tuple[str, str | None]]) -> str:
    if token["command"]:
        return token["command"]
    if token["digits"]:
        return rf"{token['digits']} \cdot 10^{{{int(token['power'])}}}"
    names.append((_SETS[token["set"]], None) if token["set"] else (token["name"], token["index"]))
    before = token.string[max(0, token.start() - 2) : token.start()]
    gap = r"\, " if re.fullmatch(r"[\w\]] ", before) else ""  # `2 bread` as one word would be another name
    return rf"{gap}\text{{name{len(names) - 1}}}"


def _checked(element: ET.Element, names: list[tuple[str, str | None]]) -> None:
    """Raises ValueError for anything but a formula; puts the name back for which the element stands."""
    if element.tag not in _ELEMENTS or "\\" in (element.text or ""):
        raise ValueError(element.tag)
    for attribute in set(element.attrib) - _ATTRIBUTES:
        del element.attrib[attribute]
    stand_in = _STAND_IN.fullmatch(element.text or "") if element.tag == "mtext" else None
    if stand_in:
        _put_back(element, *names[int(stand_in[1])])


def _put_back(element: ET.Element, name: str, index: str | None) -> None:
    plain = visible(name.replace(r"\_", "_"))
    if index is None:
        element.tag, element.text = "mi", plain
        return
    element.tag, element.text = "msub", None
    ET.SubElement(element, "mi").text = plain
    ET.SubElement(element, "mtext").text = visible(index.replace(r"\_", "_"))
