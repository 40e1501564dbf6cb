"""Texts as people type them where other systems take a name: 150 that tell of a person, 150 of an institution or place.

All persons are made up. Each line of a table is one text; blanks at its ends are none of it.
"""

from __future__ import annotations

_PERSONS = """
JANSEN JAN
Jansen Jan
jansen jan
Jan Jansen
jan jansen
Jansen, Jan
JANSEN,JAN
Jansen , J
Jansen, J.A.
J. Jansen
J.A. Jansen
J.A.Jansen
J Jansen
J A Jansen
JA de Vries
JH van Dijk
P van der Berg
van der Berg P
van den Heuvel, Piet
de Vries, A
De Vries Anna
DE VRIES ANNA
Vries de, Jan
Vries, de, Jan
Vries, Jan de
Jansen-de Vries, M
M. Jansen-de Vries
Jansen - de Vries, M
Jansen-van der Meer, Maria
Maria Jansen-van der Meer
JANSEN^JAN
JANSEN^JAN^^^
de Vries^Anna^M
^Jan
Jansen^J 19530412
mevr. Jansen
mevrouw de Boer
mw Bakker
Mw. A. Bakker
dhr. Visser
dhr Visser
De heer Smit
meneer smit
Meneer de Wit
Mr. Smith
Mrs Jones
Ms. Brown
Herr Schmidt
Frau Schneider
fam. de Groot
familie Mulder
Baby Jansen
baby van Jansen
Kind van Jansen
dochter van Bakker
zoon Jansen
weduwe Jansen
wed. Jansen
Wed Jansen
Piet v.d. Berg
P. vd Berg
Piet v/d Berg
Anna v.d. Berg-Jansen
patient: jansen
Patient Jansen
patiënt Jansen
Patiënte de Boer
Pt. Jansen
pat. jansen
naam: jansen
Naam = Visser
dr. Jansen
Dr J. Jansen
dokter de Vries
prof. dr. A. de Boer
Prof. Mulder
D'Angelo Maria
Maria D'Angelo
O'Brien Patrick
Patrick O'Brien
El Amrani Fatima
Fatima El Amrani
Mohammed Ben Ali
Yilmaz Mehmet
Mehmet Yilmaz
YILDIZ, AYSE
Bakker_Anna
Anna.Bakker
anna/bakker
Bakker;Anna
Зайцев Иван
Иван Зайцев
王小明
محمد علي
Παπαδόπουλος Γιώργος
김민수
田中 太郎
יוסף כהן
jan.jansen@example.nl
jan.jansen＠example.nl
jan.jansen (at) example.nl
jansen[at]example.nl
jansen%40example.nl
Jansen <j@example.nl>
Jansen 12-04-1953
Jansen 12/04/53
Jansen 19530412
JANSEN 12041953
Jansen 12 apr 1953
Jansen April 12, 1953
Jansen geb. 1953
Jansen 1953-04-12
Jansen, geb 12.4.1953
Bakker 999911120
Bakker 9999 11 120
Bakker 9999.11.120
CT Jansen, Jan
Radiologie Jansen, Jan
Afdeling Radiologie Jansen, Jan
Echo mevr. Bakker
MRI Jan Jansen
Huisarts J. de Boer
Huisarts de Boer, J
Zuster Bakker
broeder Visser
t.a.v. Visser
t.a.v. J. Visser
Ir. Jansen
Ing. A. Bakker
Ｊａｎｓｅｎ， Ｊａｎ
Jansen (mw)
Bakker, mevr.
Willem de Boer
Wim de Boer
de Boer Willem
DE BOER WILLEM
Bos Linda
LINDA BOS
Smit Petra
Petra Smit
Peters Johannes
JOHANNES PETERS
Hendriks Cornelia
Cornelia Hendriks
Anna Maria Bakker
BAKKER ANNA MARIA
Kees van Loon
van Loon Kees
VAN LOON KEES
Jansen J
JANSEN
Bakker
De Jong
van Dijk
"""
_PLACES = """
Elisabeth TweeSteden
Elisabeth-TweeSteden
Elisabeth TweeSteden Ziekenhuis
ETZ Elisabeth
ETZ TweeSteden
Bernard Verbeeten
Bernard Verbeeten Instituut
Instituut Verbeeten
Jeroen Bosch Ziekenhuis
Jeroen Bosch
JBZ 's-Hertogenbosch
Reinier de Graaf
Reinier de Graaf Gasthuis
Albert Schweitzer
Albert Schweitzer Ziekenhuis
Antoni van Leeuwenhoek
AVL Amsterdam
NKI-AVL
Franciscus Gasthuis
Franciscus Gasthuis & Vlietland
Franciscus Vlietland
Erasmus MC
Erasmus MC Sophia
Sophia Kinderziekenhuis
Sophia Revalidatie
Wilhelmina Kinderziekenhuis
WKZ Utrecht
Wilhelmina Ziekenhuis Assen
Emma Kinderziekenhuis
Amsterdam UMC
Amsterdam UMC, locatie AMC
Amsterdam UMC locatie VUmc
AMC
VUmc
LUMC
LUMC Leiden
UMC Utrecht
UMCU
UMCG
UMC Groningen
Radboudumc
Radboud UMC
MUMC+
Maastricht UMC+
Isala
Isala, Zwolle
Isala Meppel
Deventer Ziekenhuis
Gelre Ziekenhuizen
Gelre Apeldoorn
Gelre Zutphen
Medisch Spectrum Twente
MST Enschede
ZGT Almelo
ZGT Hengelo
Slingeland
Slingeland Ziekenhuis Doetinchem
Rijnstate
Rijnstate Arnhem
Gelderse Vallei
Ziekenhuis Gelderse Vallei, Ede
Canisius Wilhelmina
Canisius-Wilhelmina Ziekenhuis
CWZ Nijmegen
Maasziekenhuis Pantein
Maasziekenhuis Boxmeer
Bernhoven
Bernhoven Uden
Máxima MC
Maxima MC Veldhoven
Máxima Medisch Centrum
Catharina Ziekenhuis
Catharina Eindhoven
Sint Anna
St. Anna Ziekenhuis
St Anna Geldrop
Elkerliek
Elkerliek Helmond
VieCuri
VieCuri Venlo
Laurentius Ziekenhuis
Laurentius Roermond
Zuyderland
Zuyderland MC Heerlen
SJG Weert
St. Jans Gasthuis
Amphia
Amphia Breda
Bravis
Bravis Roosendaal
ADRZ Goes
ZorgSaam Terneuzen
Ikazia
Maasstad Ziekenhuis
Spijkenisse MC
Van Weel-Bethesda
Het Van Weel-Bethesda Ziekenhuis
IJsselland
HagaZiekenhuis
Haga Juliana Kinderziekenhuis
HMC Westeinde
HMC Bronovo
HMC Antoniushove
Haaglanden Medisch Centrum
Alrijne
Alrijne Leiderdorp
Groene Hart Ziekenhuis
GHZ Gouda
St. Antonius
St. Antonius Ziekenhuis Nieuwegein
Antonius Sneek
Diakonessenhuis
Diakonessenhuis Zeist
Meander MC
Meander Medisch Centrum
Tergooi MC
Flevoziekenhuis
St Jansdal, Harderwijk
OLVG
OLVG West
O.L. Vrouwe Gasthuis
OLVG Lucas Andreas
BovenIJ
Spaarne Gasthuis
Dijklander
Noordwest Alkmaar
Rode Kruis Ziekenhuis
Zaans Medisch Centrum
Frisius MC
MC Leeuwarden
Nij Smellinghe
Tjongerschans
Martini Ziekenhuis
Treant Emmen
Ommelander Ziekenhuis
Prinses Máxima Centrum
Dr. Sarphati Huis
Alexander Monro
UZ Leuven
UZ Gent
AZ Maria Middelares
Jan Yperman Ziekenhuis
Star-shl
Saltro
Medlon
Dicoon
PACS_MAIN
PACS-ARCHIVE
CT1
CTSCAN64
MR_AVANTO
SIEMENS CT
US ROOM 3
Afdeling Radiologie
Radiologie
Poli Cardiologie
SEH
Röntgen kamer 2
Nucleaire Geneeskunde
Spoedeisende Hulp
Kamer B
Gebouw C
DICOM Gateway
XDS Gateway Zuid
Twiin Gateway
Twiin
"""
PERSONS = tuple(_PERSONS.strip().splitlines())
PLACES = tuple(_PLACES.strip().splitlines())
BARE = frozenset({"Jansen J", "JANSEN", "Bakker", "De Jong", "van Dijk"})
"""Persons that no filter tells from a room or a place: a surname by itself, or with one letter behind it."""
