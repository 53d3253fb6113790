"""The words of messages that edit data: stems, units, and the closed lists that `understand` goes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


FILLERS = _each(
    "what if the a an is are was were be been being set to of for in on at with it its this that there would will we i "
    "you our my your us s ve let have has had please change put try suppose assume say imagine happens happen about ok "
    "okay hi so then now instead becomes become equals equal go goes went by can per"
)
"""Words that say nothing of which datum is meant."""
STRUCTURAL = _each(
    "only must should shall ought never ever always forbid forbidden forbids ban banned allow prohibit without unless "
    "either or nor each every any neither not no none cannot except until before after between than both whether "
    "because while when where who whose which why how add remove delete include exclude ensure make makes making sure "
    "same exactly constraint rule one another new do does did but also as like prefer avoid stop keep maximize "
    "minimize maximise minimise could might half quarter third"
)
"""Words with which a message asks for more than a number."""
DECIDERS = _each("we i you they he she")
"""Who decides: what they do is a decision and no datum, but for these."""
HANDLES = _each("have has had ve set change put try suppose assume can could would let were are")

UPWARD = _each("rise rises rose risen raise raises raised increase increases increased grow grows grew up")
DOWNWARD = _each(
    "fall falls fell fallen decrease decreases decreased reduce reduces reduced cut cuts lower lowers lowered shrink "
    "shrinks drop drops dropped decline declines down"
)
MORE = _each("more extra additional higher")
LESS = _each("less fewer lower cheaper")
FACTORS = {
    **dict.fromkeys(("double", "doubles", "doubled", "doubling"), 2.0),
    **dict.fromkeys(("triple", "triples", "tripled", "tripling"), 3.0),
    **dict.fromkeys(("quadruple", "quadruples", "quadrupled"), 4.0),
    **dict.fromkeys(("halve", "halves", "halved", "halving"), 0.5),
}
_COUNTED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = {
    **{word: float(value) for value, word in enumerate(_COUNTED.split(), 2)},
    **{word: 10.0 * value for value, word in enumerate(_TENS.split(), 2)},
}

MOST, LEAST = "most#", "least#"
_LIMITS = {
    **dict.fromkeys(_each("max maximum most largest greatest highest limit cap ceiling upper"), MOST),
    **dict.fromkeys(_each("min minimum least smallest fewest lowest floor"), LEAST),
}
_PHRASES = (
    (r"\b(?:at most|no more than|not more than|up to|at maximum)\b", " most "),
    (r"\b(?:at least|no less than|no fewer than|not less than|at minimum)\b", " least "),
    (r"\b(?:cubic met(?:re|er)s?|m³|m\^3)", " m3 "),
    (r"\b(?:square met(?:re|er)s?|m²|m\^2)", " m2 "),
    (r"\bper ?cent(?:age)?(?: points?)\b|\bpp\b", " points% "),
    (r"\bper ?cent\b", " % "),
    (r"\bmore expensive\b", " more cost "),
    (r"n't\b", " not "),
    (r"'s\b", " "),
)
PHRASED = re.compile("|".join(pattern for pattern, _ in _PHRASES[:2]))
"""The phrases that set a limit rather than change one."""

_SPELLED = {
    **dict.fromkeys(("kg", "kilo", "kilogram", "kilogramme"), "kilogram"),
    **dict.fromkeys(("g", "gram", "gramme"), "gram"),
    **dict.fromkeys(("t", "ton", "tonne"), "tonne"),
    **dict.fromkeys(("l", "litre", "liter"), "litre"),
    **dict.fromkeys(("h", "hr", "hour"), "hour"),
    **dict.fromkeys(("min", "minute"), "minute"),
    **dict.fromkeys(("s", "sec", "second"), "second"),
    **dict.fromkeys(("m", "metre", "meter"), "metre"),
    **dict.fromkeys(("km", "kilometre", "kilometer"), "kilometre"),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), "centimetre"),
    **dict.fromkeys(("mm", "millimetre", "millimeter"), "millimetre"),
    **dict.fromkeys(("€", "eur", "euro"), "euro"),
    **dict.fromkeys(("$", "usd", "dollar"), "dollar"),
    **dict.fromkeys(("£", "gbp", "pound"), "pound"),
    **dict.fromkeys(("w", "watt"), "watt"),
    **dict.fromkeys(("kw", "kilowatt"), "kilowatt"),
    **dict.fromkeys(("d", "day"), "day"),
    "points%": "%",
}
CURRENCIES = frozenset("€$£¥₹")
UNITS = frozenset(_SPELLED.values()) | _each(
    "% m2 m3 ¥ ₹ yen cent ct week month year night kwh mwh gwh mw gwh thousand million billion hundred k"
)
SCALES = _each("thousand million billion hundred k")
_SHORT = _each("t l h s m g d w min k")
"""Units that are no units where they stand alone."""
_IRREGULAR = {"sold": "sell", "paid": "pay", "bought": "buy", "could": "can", "people": "person", "held": "hold"}


@dataclass(frozen=True)
class Unit:
    """What a number is counted in: `EUR per 100 kg` → {euro} per {kilogram}."""

    of: frozenset[str]
    per: frozenset[str]

    @property
    def measured(self) -> bool:
        """Whether it measures, rather than counts things."""
        return bool(self.of & UNITS)


NO_UNIT = Unit(frozenset(), frozenset())


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit:
    head, *rest = re.split(r" per | an? |/", f"{normal(text)} ", maxsplit=1)
    return Unit(frozenset(map(spelled, _plain_words(head))), frozenset(map(spelled, _plain_words(" ".join(rest)))))


def _plain_words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]\w*%?|[%€$£¥₹]", text) if word == "t" or word not in FILLERS]


@lru_cache(maxsize=8192)
def spelled(word: str) -> str:
    """A unit's one spelling; of any other word its stem."""
    return _SPELLED.get(word) or _SPELLED.get(word.removesuffix("s")) or stem(word)


def normal(text: str) -> str:
    """Small letters, one spelling of phrases, names as words."""
    text = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for pattern, word in _PHRASES:
        text = re.sub(pattern, word, text)
    return re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", text.replace("_", " "))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """`ordered`, `orders` and `ordering` → `order`; crude, but the same for both sides."""
    word = _IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    if re.search(r"(ch|sh|x|ss|zz)es$", word):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for end in ("ing", "ed"):
        if word.endswith(end) and len(word) > len(end) + 2 and re.search("[aeiouy]", word[: -len(end)]):
            word = word[: -len(end)]
            word = word[:-1] if re.search(r"([bdfgmnprt])\1$", word) else word
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=8192)
def meant(word: str) -> str:
    """The word as it is compared: a unit's one spelling, a limit's side, or the stem."""
    if word in _SHORT and word not in _LIMITS:
        return word
    return _LIMITS.get(word) or spelled(word)


@lru_cache(maxsize=8192)
def form(word: str) -> str:
    """The word as it is compared with decisions: what is rented is none of what the rent is."""
    plain = meant(word)
    return f"{plain}~" if plain != word and word.endswith(("ed", "ing")) else plain


@lru_cache(maxsize=4096)
def forms_of(text: str) -> frozenset[str]:
    return frozenset(form(word) for word in re.findall(r"[^\W\d_]\w*|%", normal(text)) if word not in FILLERS)


@lru_cache(maxsize=4096)
def words_of(text: str) -> frozenset[str]:
    """The words of a name, a description or a quote that say which datum it is."""
    return frozenset(meant(word) for word in re.findall(r"[^\W\d_]\w*|%", normal(text)) if word not in FILLERS)


COST = frozenset(map(meant, ("cost", "price")))
COSTS = frozenset(map(meant, ("cost", "price", "rent", "wage", "fare")))
"""What something costs may be called; each stands for the words of `COST`."""
EARNS = frozenset(map(meant, ("sell", "earn", "bring", "revenue", "income", "margin", "profit", "pay")))
