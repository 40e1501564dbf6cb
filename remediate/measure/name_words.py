"""Words that tell an institution or a place from a person, for the filter on foreign text; judges no text.

What makes one of the other: hospitals that are called after a person, places in which hospitals stand, and given names.
Given names are those of `identity.call_names`, and the most frequent others (Nederlandse Voornamenbank, Meertens
Instituut).
"""

from __future__ import annotations

import re

from remediate.identity.call_names import BAPTISMAL_NAMES
from remediate.identity.name_text import canonical

INSTITUTION = re.compile(
    r"ziekenhui[sz]|kliniek|klinik|clinic|hospita|zorg|centrum|center|centre|medisch|medical|gasthuis|praktijk|apotheek"
    r"|diakonessenhui|verpleeghui|sarphatihui|universit|revalidatie|stichting|hospice|sanatori|radiolog|afdeling|\bpoli"
    r"|pacs|gateway|\bu?mc\b|umc\b|\bzh\b|\bzkh\b|locatie|instelling|laborator|instituut|\bhuis\b|\bstation\b",
    re.IGNORECASE,
)
"""A word that people call an institution by, or a part of it."""

EPONYM = re.compile(
    r"[\w-]*(?:ziekenhui[sz]|klini[ek]|clinic|hospita|zorg|centrum|center|centre|gasthuis|instituut|stichting"
    r"|revalidatie|universit|umc)\w*|[\w-]*hui(?:s|ze)|mc",
    re.IGNORECASE,
)
"""One word for an institution that may carry the name of a person."""

_CALLED_AFTER = frozenset(
    {"jeroen bosch", "reinier de graaf", "albert schweitzer", "antoni van leeuwenhoek", "willem alexander"}
    | {
        "elisabeth tweesteden",
        "canisius wilhelmina",
        "bernard verbeeten",
        "maria middelares",
        "lucas andreas",
        "jan yperman",
        "jan palfijn",
    }
    | {"alexander monro", "koningin beatrix", "reinier haga", "jan van goyen", "antonius mesos", "maria heymans"}
    | {"anna paulowna", "prinses beatrix", "prinses maxima", "willem van oranje", "franciscus vlietland"}
)
_ABBREVIATED_TABLE = """
adrz amc av avl az bovenij bv cwz etz gh haga hmc jbz lumc mc mca mcl mst mumc nki nv olvg ozg rdgg sjg skb umc
umcg umcu uz vumc zgt zh zkh
"""
_ABBREVIATED = frozenset(_ABBREVIATED_TABLE.split())
_PATRONS_TABLE = """
antonius beatrix bernhard canisius carolus catharina elisabeth elizabeth franciscus ignatius jozef joseph juliana
lambertus laurentius lucas martini sophia wilhelmina
"""
_PATRONS = frozenset(_PATRONS_TABLE.split())
_DEVICES_TABLE = """
angio bucky c-boog cr ct cta cath dexa dr dsa dx echo ecg epd gamma gebouw ic icu kamer kp lab mammo mg mr mri nm ok
opg pet pt rf ris room rx seh spect spoed us verdieping vleugel vna xa xr zaal
"""
_DEVICES = frozenset(_DEVICES_TABLE.split())
_PLACES_TABLE = """
aalst aken alkmaar almelo almere alphen amersfoort amstelveen amsterdam antwerpen apeldoorn arnhem assen bergen
beugen beverwijk bilthoven blaricum boxmeer boxtel breda brugge brussel bussum capelle coevorden culemborg delft
delfzijl den|bosch den|haag den|helder deventer dirksland doetinchem doorn dordrecht drachten ede eindhoven
emmeloord emmen enschede etten-leur geldrop geleen genk gent goes gorinchem gouda groesbeek groningen haarlem
hardenberg harderwijk heemstede heerenveen heerlen helmond hengelo hilversum hoofddorp hoogeveen hoorn houten
huizen hulst ijmuiden keulen leeuwarden leiden leiderdorp lelystad leuven luik maassluis maastricht meppel
middelburg middelharnis munster naarden nieuwegein nijmegen nijverdal oldenzaal oosterhout oss purmerend roermond
roosendaal rotterdam scheemda schiedam sittard sluiskil sneek spijkenisse stadskanaal steenwijk terneuzen tiel
tilburg uden utrecht veenendaal veldhoven velp venlo venray vlaardingen vlissingen voorburg vught waalwijk
wageningen weert weesp winschoten winterswijk woerden zaandam zeist zevenaar zierikzee zoetermeer zutphen
zwijndrecht zwolle s-hertogenbosch noord oost zuid west midden centrum vlietland westeinde oudenrijn overvecht
"""
_PLACES = frozenset(_PLACES_TABLE.split())
_MORE_GIVEN_TABLE = """
abdel abdul ahmed aisha aischa ali amber angela angelique anouk astrid aylin ayse bart bianca carla carolien
chantal claudia daniel david debbie dennis diana edwin ellen emine erik erwin esther eva fatima fatma femke finn
floor frank geert hamid hassan hatice hussein ibrahim ilse inge ingrid irene ivan jacqueline jamila jasper jeroen
jesse jessica judith julia karim katarzyna kelly kevin khadija kim laura levi linda lotte lucas maarten manon
marcel mariam marieke marije marja marjan marjolein marleen marloes martijn martine mehmet melissa michael
michelle mila milan miranda miriam mohamed mohammed mohammad monique muhammad murat mustafa nadia naomi natasja
nicole niels noah olga omar patricia patrick petra piotr rachid ralph ramon raymond remco renate richard robert
roland ronald ruben ruth sabrina said samir samira sander sandra sanne saskia sebastiaan silvia simone sjoerd
sonja stefan sven sylvia tamara tanja tess thijs thomas tim tom vincent wendy wesley wouter yara youssef yusuf
yvette yvonne zeynep zoe
"""
_MORE_GIVEN = frozenset(_MORE_GIVEN_TABLE.split())
_ALSO_OTHER_WORDS_TABLE = """
door han jet leen lies lol loes mark max meta mies mina nol stan ties toon wil
"""
_ALSO_OTHER_WORDS = frozenset(_ALSO_OTHER_WORDS_TABLE.split())
_SHORTEST = 3
_GIVEN = (
    frozenset(name for call, names in BAPTISMAL_NAMES.items() for name in (call, *names) if len(name) >= _SHORTEST)
    | _MORE_GIVEN
) - _ALSO_OTHER_WORDS
_WORDS = re.compile(r"[^\W\d_][\w'’-]*|\d+")


def is_given_name(word: str) -> bool:
    """Whether people are usually called so."""
    return canonical(word) in _GIVEN


def is_place(text: str) -> bool:
    """Whether a text begins with a place or a region in which institutions stand."""
    words = [word.casefold().replace("ü", "u") for word in _WORDS.findall(text)][:2]
    return bool(words) and not {words[0], words[0].partition("-")[0], "|".join(words)}.isdisjoint(_PLACES)


def is_called_after(text: str) -> bool:
    """Whether this is the name of a person by which institutions are known without another word, or that of a patron
    before the place of his hospital."""
    name, _, where = text.partition(" ")
    words = re.split(r"[\s-]+", text)
    for number in range(2, min(len(words), 4) + 1):
        rest = " ".join(words[number:])
        if canonical(" ".join(words[:number])) in _CALLED_AFTER and (not rest or is_place(rest)):
            return True
    return canonical(name) in _PATRONS and is_place(where)


def is_abbreviation(text: str) -> bool:
    """Whether letters, with or without full stops, are short for an institution that is known by them."""
    return "".join(filter(str.isalpha, text)).casefold() in _ABBREVIATED


def is_device(text: str) -> bool:
    """Whether a text begins with what pictures are made with, or a part of a building."""
    found = re.match(r"[^\W\d_]+(?:-boog)?", text)
    return found is not None and found[0].casefold() in _DEVICES


def is_unspeakable(text: str) -> bool:
    """Whether a word is of capitals without a vowel, which no surname is."""
    return text.isalpha() and text.isupper() and not set(text) & set("AEIOUY")
