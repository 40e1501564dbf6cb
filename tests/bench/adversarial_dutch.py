"""Dutch names as often as they occur, for the second adversary; no names of anybody in particular.

Surnames: the commonest of 2007 with bearers in thousands (CBG, Nederlandse Familienamenbank), and rarer ones that old
systems spell in many ways. Given names: common ones of those born in the twentieth century, with call names.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from random import Random

_COMMON = (
    "de Jong 87|Jansen 76|de Vries 73|van den Berg 60|van Dijk 58|Bakker 57|Janssen 55|Visser 51|Smit 43|Meijer 41|"
    "de Boer 40|Mulder 37|de Groot 37|Bos 36|Vos 31|Peters 31|Hendriks 30|van Leeuwen 29|Dekker 29|Brouwer 27|"
    "de Wit 25|Dijkstra 24|Smits 24|de Graaf 22|van der Meer 21|van der Linden 20|Kok 20|Jacobs 20|de Haan 20|"
    "Vermeulen 19|van den Heuvel 19|van der Veen 18|van den Broek 18|de Bruijn 18|de Bruin 18|van der Heijden 17|"
    "Schouten 17|van Beek 17|Willems 16|van Vliet 16|van de Ven 16|Hoekstra 16|Maas 15|Verhoeven 15|Koster 15|"
    "van Dam 15|van der Wal 15|Prins 15|Blom 14|Huisman 14|Peeters 14|de Jonge 14|Kuipers 14|van Veen 14|Post 13|"
    "Kuiper 13|Veenstra 13|Kramer 13|van den Brink 13|Scholten 12|van Wijk 12|Postma 12|Martens 12|Vink 12|"
    "de Ruiter 12|Timmermans 12|Groen 12|Gerritsen 12|Jonker 12|van Loon 12|Boer 11|van der Velde 11|Willemsen 11|"
    "Smeets 11|de Lange 11|de Vos 11|Bosch 11|van Dongen 11|Schipper 11|de Koning 11|van der Laan 11|Koning 11|"
    "van der Velden 10|Driessen 10|van Doorn 10|Hermans 10|Evers 10|van den Bosch 10|van der Meulen 10|Hofman 10|"
    "Bosman 10|Wolters 10|Sanders 10|van der Horst 10|Mol 10|Molenaar 10|van Leeuwen 9|Yilmaz 9|Kaya 6|Yildiz 6|"
    "Ali 6|Mohamed 5|Ahmed 5|el Amrani 2|Bouzid 1|Nguyen 6|Singh 4|Chen 3|Wang 3|Li 2|Wu 2|Özdemir 3|Şahin 5|Çelik 4"
)
_RARE = (
    "'t Hart|van 't Hof|in 't Veld|op den Kelder|ten Have|ter Horst|ter Haar|van der Weijden|Wijnants|IJzerman|Ytsma|"
    "Müller|Schröder|Köhler|Böhm|Coenraads|d'Hondt|O'Neill|Sørensen|Łukasik|van Rijn|van Rhijn|Meyer|Meijers|Groß|"
    "van de Laar|van der Laar|Le|Ros|Ros-Meijer|Smit-Jansen|von Bonninghausen|du Pré|de l'Isle|Noë|van IJzendoorn|"
    "Kuyper|Kuijper|Kuypers|Dijk|Berg|Vandenberg|Devries|Vanderlinden|Bergh|Janssens|Jansens|Bruins|Bruijns|Haan"
)
_MEN = (
    "Johannes:Jan,Hans,Johan,Joop|Jan|Cornelis:Kees,Cor|Hendrik:Henk,Rik|Willem:Wim,Willy|Pieter:Piet,Peter|Petrus:Piet,Peter|"
    "Gerrit:Ger|Jacobus:Koos,Jaap|Jacob:Jaap|Antonius:Ton,Toon|Theodorus:Theo|Adrianus:Ad,Arjan,Arie,Janus|Marinus:Rinus|"
    "Franciscus:Frans|Martinus:Martin|Gerardus:Gerard|Nicolaas:Klaas,Nico|Albertus:Bert|Lambertus:Bert|Dirk|Arie|"
    "Joop|Jozef:Jos|Robert:Rob|Ronald|Peter|Paul|Erik|Mark|Marcel|Bas|Thomas|Tim|Sander|Jeroen|Michiel|Jean-Pierre|"
    "IJsbrand|Ivo|Ids|Mohamed|Ahmed|Mustafa|Björn|René|André|Daan|Sem|Levi"
)
_WOMEN = (
    "Maria:Ria,Marie,Riet|Johanna:Jo,Joke,Annie,Ans|Anna:Annie,An,Ans,Antje,Anneke|Cornelia:Corrie|Wilhelmina:Willy,Mien|"
    "Elisabeth:Bep,Els,Betsy,Ellen,Lies|Hendrika:Riek,Hennie|Geertruida:Truus|Catharina:Toos,Tineke|Margaretha:Greet|"
    "Petronella:Nel|Adriana:Adri,Jeanne|Jacoba:Coby,Jo|Alida:Alie|Aaltje:Alie|Grietje|Trijntje:Tineke|Antje|Anja|Alie|Ans|"
    "Ingrid|Monique|Yvonne|Ellen|Esther|Linda|Sandra|Marijke|Anne|Anne-Marie|Annemarie|Truus|Riet|Els|Fatima|Aïcha|"
    "Zoë|IJke|Ida|Emma|Lotte|Sophie|Julia|Eva|Mila"
)
CALLED = {
    name.partition(":")[0]: tuple(filter(None, name.partition(":")[2].split(",")))
    for name in (*_MEN.split("|"), *_WOMEN.split("|"))
}
"""Given name: what its bearers are called."""
GIVEN = {sex: [name.partition(":")[0] for name in text.split("|")] for sex, text in (("M", _MEN), ("F", _WOMEN))}

_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "đ": "d"})
_PREFIXES = "van von de den der het 't 's ten ter te in op aan la le du el al ben d' l' t s d l"
PREFIXES = frozenset(_PREFIXES.split(" "))


def _split(name: str) -> tuple[str, str]:
    """Prefix and the rest."""
    if name.startswith(("d'", "D'")):
        return name[:2], name[2:]
    words = name.split(" ")
    at = 0
    while at < len(words) - 1 and words[at] in PREFIXES:
        at += 1
    rest = " ".join(words[at:])
    if rest.startswith("l'"):
        return " ".join([*words[:at], "l'"]), rest[2:]
    return " ".join(words[:at]), rest


_RANKED = [(row.rpartition(" ")[0], float(row.rpartition(" ")[2])) for row in _COMMON.split("|")]
SURNAMES = [*(_split(name) for name, _ in _RANKED), *(_split(name) for name in _RARE.split("|"))]
"""Prefix and surname, the commonest first."""
_OFTEN = list(accumulate([*(weight for _, weight in _RANKED), *(2.0 for _ in _RARE.split("|"))]))


def surname(random: Random, *, even: bool = False) -> tuple[str, str]:
    """Prefix and surname, as often as people bear it or each as often."""
    return random.choice(SURNAMES) if even else random.choices(SURNAMES, cum_weights=_OFTEN)[0]


def given_names(random: Random, sex: str, letter: str = "") -> list[str]:
    """One to three different given names; the first may be asked to begin with a letter, where any does."""
    pool = GIVEN[sex]
    alike = [name for name in pool if name.startswith(letter)] or pool
    first = random.choice(alike)
    return list(dict.fromkeys([first, *random.sample(pool, random.choice((0, 0, 1, 2)))]))


def whole(prefix: str, name: str) -> str:
    """A prefix and a surname as people write them: de Vries, d'Hondt, de l'Isle."""
    return f"{prefix}{name}" if not prefix or (prefix.endswith("'") and prefix[-2:] != "'t") else f"{prefix} {name}"


def initials(names: list[str]) -> list[str]:
    """The first letters; both of IJsbrand, and both halves of Jean-Pierre."""
    words = [word for name in names for word in name.split("-") if word]
    return ["IJ" if word.startswith("IJ") else word[0].upper() for word in words]


def letters(text: str) -> str:
    """The skeleton of a name: plain lower-case letters, i for every ij and y, one letter for ue, oe, ae and ss."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    plain = "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
    for pair, one in (("ij", "i"), ("y", "i"), ("ue", "u"), ("oe", "o"), ("ae", "a"), ("ss", "s"), ("aa", "a")):
        plain = plain.replace(pair, one)
    return plain


def bare(text: str) -> str:
    """Without accents, as old modalities wrote names."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isascii())
