"""Dutch call names with the baptismal names they usually stand for; a table of rules, not of likeness.

A pair here makes a given name compatible, never equal, and so for a rival as well: Jan may be meant by both Johannes
and Jan. Pairs as family notices and the Nederlandse Voornamenbank (Meertens Instituut) show them.
Spelled in canonical form (`name_text.canonical`): lower case, no diacritics, `ij` written `y`.
"""

from __future__ import annotations

from collections.abc import Mapping

_TABLE = """
aad: adrianus arie
aaf: aafje
aagje: agatha
ab: abraham albert
ad: adriaan adrianus
adje: adrianus
adri: adriaan adriana adrianus
agnes: agnieta
albert: adelbertus albertus
alberta: albertina
alex: alexander
alida: aleida
alie: aaltje alida
aly: alida
an: anna johanna
andre: andreas
andries: andreas
ann: anna
anneke: anna annigje johanna
annemieke: annamaria
annet: anna annetta
annie: anna antonia johanna
annigje: anna
anny: anna antonia johanna
ans: anna johanna
ant: antonia
antje: anna
anton: antonius
antoon: antonius
arend: arnoldus
arie: adriaan adrianus
arjan: adrianus
arno: arnoldus
arnold: arnoldus
bart: bartholomeus lambertus
bartje: bartholomeus
bas: bastiaan sebastiaan
bea: beatrix
ben: benjamin bernardus
bep: elisabeth lambertus
berend: bernardus
bernard: bernardus
bernie: bernardus
bert: albertus bertus egbertus gysbertus hubertus lambertus
berta: alberta hubertina
bertus: albertus egbertus gysbertus hubertus lambertus
bets: elisabeth
betsy: elisabeth
bettie: elisabeth
betty: elisabeth
bien: jacobina wubbina
bob: robert robertus
bram: abraham abram
carel: carolus
carla: carolina
carolien: carolina
catrien: catharina
cees: cornelis
chiel: machiel michael michiel
chris: christiaan christianus christina christoffel
christien: christina
cilia: caecilia
clasien: nicolasina
co: cornelis jacoba jacobus
coba: jacoba
coby: jacoba
coen: coenraad koenraad
conny: constance cornelia
coos: jacobus
cor: cornelia cornelis
cora: cornelia
corrie: cornelia
corry: cornelia
daan: daniel
dan: daniel
david: davidus
dick: dirk dyderik hendrik hendrikus theodorus
dien: bernardina dina gerardina hendrika
dina: berendina bernardina gerardina hendrina
dini: berendina bernardina gerardina
dinie: berendina bernardina gerardina
diny: berendina bernardina gerardina
dirk: diederik theodoricus theodorus
do: dorothea
door: dorothea theodora
dora: theodora
dorien: dorothea theodora
driek: hendrikus
dries: andreas andries
ed: edmund eduard edward
eddy: eduard edward
ella: elisabeth
ellen: elisabeth helena
elly: elisabeth helena petronella
els: elisabeth
elsje: elisabeth
emmy: emma wilhelmina
engel: engelbertus
evert: everardus
fenna: fennechien
ferry: ferdinand
fia: sophia
fie: sophia
fieke: sophia
fien: josephina
floor: florentius
floris: florentius
fons: alphonsus
frank: franciscus
frans: franciscus
fred: alfred frederik
frederik: fredericus
fredy: frederik
freek: frederik
frits: frederik
gabi: gabriel
ge: gerarda gerardus
geert: gerardus gerhardus
geertje: geertruida
geertrui: geertruida
ger: gerardus gerrit
gerard: gerardus
gerbrand: gerbrandus
gerda: geertruida gerarda gerardina
gerie: gerarda gerardus
gerrit: gerardus gerhardus
gerry: gerarda gerardus
gert: gerardus gerrit
giel: machiel michiel
gina: georgina regina
gon: hillegonda
gonnie: hillegonda
gonny: hildegonda
gre: margaretha
greet: margaretha
greetje: margaretha
greta: margaretha
griet: margaretha
grietje: margaretha
guus: augustinus augustus gustaaf
guusje: augusta
gyf: gysbertus
gys: gysbert gysbertus
han: johannes
hanna: johanna
hanneke: johanna
hannie: johanna
hanny: johanna
hans: johannes
harm: harmannus hermannus
harrie: hendrik hendrikus henricus
harry: hendrik hendrikus henricus
heiltje: helena
hein: hendrik hendrikus
helma: wilhelma wilhelmina
hendrik: hendrikus henricus
hendrikje: hendrika
henk: hendrik hendrikus henricus
hennie: hendrika hendrikus hendrina
henny: hendrika hendrikus hendrina
henri: hendrikus henricus
herman: hermannus
hermien: hermina
hetty: hendrika henriette
hilde: hildegonda
hiltje: hillegonda
huib: hubertus
huub: hubertus
ida: alida
ina: catharina
ineke: catharina wilhelmina
jaap: jacob jacobus
jac: jacobus
jacco: jacob jacobus
jack: jacobus johannes
jacques: jacobus
jan: johannes
janneke: johanna
jannetje: johanna
jannie: jantje johanna
jans: johanna
jantje: johanna
janus: adrianus
jeanne: adriana johanna
jeroen: hieronymus
jet: henriette
jetty: henriette
jo: jacoba jacobus johanna johannes josephina
joh: johannes
johan: johannes
john: johannes
joke: johanna
jon: jonathan
joop: johannes josephus
joos: judocus
joost: jodocus judocus justus
jopie: johanna
joris: georgius
jos: johannes josephina josephus jozef
josje: johanna josephina
jozef: josephus
jurrie: jurriaan
ka: catharina
kaat: catharina
karel: carolus
karin: catharina
kasper: casparus
katrien: catharina
kees: cornelis
keesje: cornelis
kitty: catharina
klaas: nicolaas
klazien: klasina
ko: cornelis jacob jacobus
koen: coenraad koenraad
koos: jacobus
kor: cornelis
krelis: cornelis
kryn: quirinus
laurens: laurentius
leen: helena leendert leonardus magdalena
leendert: leonardus
lena: helena magdalena
lenie: helena magdalena
leny: helena magdalena
leo: leonardus
lex: alexander alexius
lia: cornelia
lida: alida
lidwien: lidwina
lidy: alida
lieke: angelique
lien: carolina helena
lies: elisabeth
liesbeth: elisabeth
liesje: elisabeth
lina: carolina
lineke: carolina
lisa: elisabeth
lisette: elisabeth
loek: lucas ludovicus
loes: louisa louise lucia
lotte: charlotte
lou: louis ludovicus
louis: ludovicus
lowie: ludovicus
luc: lucas
luuk: lucas
maaike: maria
maarten: martinus
madeleine: magdalena
magda: magdalena
mar: maria
marcel: marcellus
marga: margaretha
margriet: margareta margaretha
marie: johanna maria
marieke: maria
mariet: maria
marietje: maria
marja: maria
marjan: maria marianne
mark: marcus
mart: martinus
martien: martinus
martin: martinus
maryke: maria
mathieu: matheus mathias
mathy: mathias
max: maximiliaan maximilianus
meta: margaretha
mia: maria
miek: maria
mieke: maria
mien: hermina jacomina wilhelmina
miep: maria
mies: maria
miet: maria
mimi: maria
mina: hermina wilhelmina
minnie: wilhelmina
nard: bernardus
neeltje: cornelia
nel: cornelia petronella pieternella
nelis: cornelis
nelleke: cornelia petronella
nellie: cornelia petronella
nelly: cornelia petronella
nettie: antoinette
netty: antoinette
nick: nicolaas
nico: nicodemus nicolaas
niek: dominicus nicolaas
nol: arnoldus
noor: eleonora
nora: eleonora
paul: paulus
paula: paulina
pauw: paulus
peet: petrus
peter: petrus pieter
pierre: petrus
piet: petrus pieter
pieter: petrus
pieternel: petronella
pietertje: petronella
pietje: petronella
pim: wilhelmus willem
pleun: apollonia
rein: reinerus reinier
reinier: reinerus
rens: laurens
ria: henrica maria
rie: maria
riek: frederika hendrika henrica
rieka: hendrika
riekie: frederika hendrika
rien: marinus
riet: maria
rik: hendrik
rika: frederika hendrika
rikie: hendrika
rina: catharina marina
rini: marinus
rinie: marina marinus
rinus: marinus
rita: margaretha
rob: robbert robert robertus
roel: roelof rudolf
roelie: roelofje
ron: ronald
rudi: rudolf
rudy: rudolf
ruud: rudolf rudolfus rudolphus
saar: sara
saartje: sara
sam: samuel
sander: alexander
siem: simon
sien: francina klasina
sjaak: jacobus jacques
sjaan: adriana johanna
sjan: johanna
sjang: johannes
sjef: joseph josephus
sjeng: johannes
sjo: johannes
sjoerd: sieward
sjoke: johanna
sjors: georgius
stan: constantinus stanislaus
steef: stephanus
stef: stefanus stephanus
stefan: stephanus
steven: stephanus
stien: christina justina
stina: christina
suus: susanna
suze: susanna
teun: antonius teunis theunis
teunis: antonius
thea: dorothea theodora
theo: theodoor theodorus
thera: theresia
thys: matheus mathias mathys matthias matthys
ties: mathias
tim: timotheus
tineke: catharina martina trijntje
tinus: martinus
tiny: catharina christina martina martinus
titia: letitia
toine: antonius
tom: thomas tomas
ton: antonius
tonia: antonia
tonnie: antonia antonius
tonny: antonia antonius
toon: anton antonius
toontje: antonia antonius
toos: catharina
trees: theresia
trien: catharina
tries: beatrix
trudie: geertruida
trudy: geertruida
trui: geertruida
truida: geertruida
truus: geertruida
truusje: geertruida
ursel: ursula
vic: victor
viktor: victor
wies: aloysius louise
wiesje: louise
wil: wilhelmina wilhelmus willem
willem: wilhelmus
willemien: wilhelmina
willy: wilhelmina wilhelmus willem
wilma: wilhelmina
wim: wilhelm wilhelmus willem
wout: wouter wouterus
wouter: wouterus
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
