"""Dutch call names with the baptismal names they usually stand for; a table of rules, not of likeness.

A pair here makes a given name compatible, never equal: namesakes (twins) still need the full given name.
Spelled in canonical form (`name_text.canonical`): lower case, no diacritics, `ij` written `y`.
"""

from __future__ import annotations

from collections.abc import Mapping

_TABLE = """
ab: abraham albert
ad: adrianus adriaan
adri: adriana adrianus adriaan
agnes: agnieta
alie: alida aaltje
an: anna johanna
annie: anna antonia johanna
annemieke: annamaria
anneke: anna johanna
ans: anna johanna
antoon: antonius
arie: adrianus adriaan
arjan: adrianus
bart: bartholomeus lambertus
bas: sebastiaan bastiaan
bea: beatrix
bep: elisabeth lambertus
bert: albertus lambertus hubertus egbertus gysbertus
betsy: elisabeth
betty: elisabeth
bram: abraham
carla: carolina
cees: cornelis
cilia: caecilia
coby: jacoba
corrie: cornelia
cor: cornelis
dick: dirk dyderik hendrik
dien: gerardina hendrika
dirk: diederik theodorus
dora: theodora
ellen: helena elisabeth
els: elisabeth
fien: josephina
frans: franciscus
freek: frederik
frits: frederik
gerda: gerardina
ger: gerardus gerrit
gerard: gerardus
gerrit: gerardus gerhardus
gerry: gerarda gerardus
gert: gerrit gerardus
geert: gerardus gerhardus
gyf: gysbertus
gys: gysbertus gysbert
greet: margaretha
greetje: margaretha
gre: margaretha
hannie: johanna
han: johannes
hans: johannes
harrie: hendrikus henricus
harry: hendrikus henricus
hein: hendrik hendrikus
henk: hendrik hendrikus henricus
hennie: hendrika hendrikus
hetty: henriette hendrika
ina: catharina
jaap: jacob jacobus
jan: johannes
janneke: johanna
jannie: johanna jantje
jantje: johanna
janus: adrianus
jeanne: johanna
jo: johannes johanna josephina jacoba jacobus
johan: johannes
joke: johanna
joop: johannes josephus
joost: judocus justus
jos: josephus johannes jozef
karel: carolus
kees: cornelis
klaas: nicolaas
koos: jacobus
lenie: helena magdalena
leny: helena magdalena
leo: leonardus
lex: alexander
lia: cornelia
lien: carolina
lies: elisabeth
liesbeth: elisabeth
loes: louise lucia
maaike: maria
marga: margaretha
margriet: margaretha
marie: maria
marietje: maria
marja: maria
marjan: maria marianne
martin: martinus
mathieu: matheus mathias
mia: maria
mieke: maria
mien: wilhelmina
miep: maria
mina: wilhelmina
nel: petronella cornelia
nelleke: petronella cornelia
nellie: petronella cornelia
nelly: petronella cornelia
nico: nicolaas
niek: nicolaas dominicus
paul: paulus
piet: petrus pieter
pieter: petrus
pim: willem
peter: petrus pieter
ria: maria
rie: maria
riek: hendrika frederika
riet: maria
rik: hendrik
rini: marinus
rinus: marinus
rob: robertus robert
ruud: rudolf rudolphus
saar: sara
sien: klasina francina
sjaak: jacobus jacques
sjef: josephus
sjoerd: sieward
stien: christina
teun: antonius teunis
theo: theodorus
thea: theodora
tiny: martinus martina
tineke: catharina martina
toine: antonius
tom: thomas
ton: antonius
toon: antonius
tonny: antonius antonia
toos: catharina
trees: theresia
truus: geertruida
ties: mathias
wil: wilhelmina wilhelmus
willem: wilhelmus
willy: wilhelmina wilhelmus
wim: willem wilhelmus
"""

BAPTISMAL_NAMES: Mapping[str, frozenset[str]] = {
    call_name: frozenset(names.split())
    for call_name, _, names in (line.partition(": ") for line in _TABLE.strip().splitlines())
}
"""Call name -> the baptismal names that it commonly stands for."""

_NONE: frozenset[str] = frozenset()


def is_call_name_of(one: str, other: str) -> bool:
    """Whether one of these two names is a usual call name of the other."""
    return other in BAPTISMAL_NAMES.get(one, _NONE) or one in BAPTISMAL_NAMES.get(other, _NONE)
