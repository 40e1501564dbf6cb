"""Dutch for the help of every command, by its English text; a test says which is missing."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    """Put the BSN in the right place in a hospital's old DICOM studies, and prove it.

\b
First look:  remediate demo
First use:   init, doctor --probe, survey, epd load, plan, approve, execute, verify, measure""": """\
Zet het BSN op de juiste plaats in de oude DICOM-onderzoeken van een ziekenhuis, en bewijs het.

\b
Eerst kijken:     remediate demo
Eerst gebruiken:  init, doctor --probe, survey, epd load, plan, approve, execute, verify, measure""",
    "Write a commented configuration and create the keys; what exists already is kept.": (
        "Schrijf een configuratie met uitleg en maak de sleutels; wat er al is, blijft."
    ),
    "Check configuration, keys, ledger and archive; with --probe find out what the archive does with a re-store.": (
        "Controleer configuratie, sleutels, logboek en archief; met --probe blijkt wat het archief doet met "
        "wat opnieuw "
        "wordt opgeslagen."
    ),
    "Ask the archive by C-FIND which studies it has. Without dates: everything, undated studies too.": (
        "Vraag het archief met C-FIND welke onderzoeken het heeft. Zonder datums: alles, ook onderzoeken zonder datum."
    ),
    "Take a study list that was exported out of the archive's database (CSV, columns named by DICOM keyword).": (
        "Neem een onderzoekslijst die uit de database van het archief is geëxporteerd (CSV, kolommen met het "
        "DICOM-keyword als naam)."
    ),
    "Patient records of the EPD (HL7 v2 or CSV).": "Patiëntgegevens van het EPD (HL7 v2 of CSV).",
    """Read HL7 v2 or CSV files into the registry, in the order given; without FILES what is new of epd.files. Loading a
file twice changes nothing.""": (
        "Lees HL7 v2- of CSV-bestanden in het register, in de gegeven volgorde; zonder BESTANDEN wat nieuw is van "
        "epd.files. Een bestand twee keer laden verandert niets."
    ),
    "What the registry holds of one hospital number, masked.": (
        "Wat het register van één patiëntnummer weet, gemaskeerd."
    ),
    """How many nights the work takes and when 95 % is passed, from the survey's sizes and the measured pace.

Once as configured, and once for each other window, pace, order or number of decisions that is named.""": """\
Hoeveel nachten het werk kost en wanneer 95 % voorbij is, uit de omvang die de inventarisatie vond en het gemeten tempo.

Eenmaal zoals ingesteld, en eenmaal voor elk ander venster, tempo, elke andere volgorde of elk ander aantal beslissingen
dat wordt genoemd.""",
    """What Prometheus is told: studies by state, coverage, pace and why, latency, batches, jobs.

The text that metrics.file gets after each command, as it is at this moment.""": """\
Wat Prometheus te lezen krijgt: onderzoeken per toestand, dekking, tempo en waarom, responstijden, batches, taken.

De tekst die metrics.file na elk commando krijgt, zoals die op dit moment is.""",
    """Correct one patient's studies now, at any hour: survey, plan, approval and execution in one, by the same rules.

What a plan would leave to a person stays with that person. Where two people must approve, the other one is
asked.""": """\
Corrigeer nu de onderzoeken van één patiënt, op elk uur: inventariseren, plannen, goedkeuren en uitvoeren ineen, met
dezelfde regels.

Wat een plan aan een mens zou overlaten, blijft bij die mens. Waar twee mensen moeten goedkeuren, wordt de ander
gevraagd.""",
    "The dry run: decide every surveyed study and write plan.json, plan.csv, review.csv and plan.html.": (
        "Beslis over elk geïnventariseerd onderzoek, zonder iets op te slaan, en schrijf plan.json, plan.csv, "
        "review.csv en plan.html."
    ),
    "Leave studies out, proven ones too: nothing is written into them, also not by a plan that was approved.": (
        "Laat onderzoeken buiten beschouwing, ook bewezen: er wordt niets in geschreven, ook niet door een plan dat "
        "al is goedgekeurd."
    ),
    "Write the queue as a CSV with empty columns decision and why; never over a file that exists.": (
        "Schrijf de wachtende onderzoeken als CSV met lege kolommen voor de beslissing en de reden; nooit over een "
        "bestaand bestand."
    ),
    "What the undecided studies have in common, with how many studies and patients there are of each group.": (
        "Wat de onderzoeken waarover niet is beslist gemeen hebben, met het aantal onderzoeken en patiënten van elke "
        "groep."
    ),
    """Decide about a whole group. Without --seen it only shows: how many studies and patients, a draw of examples, and
which may not be confirmed and why.""": """\
Beslis over een hele groep. Zonder --seen toont het alleen: hoeveel onderzoeken en patiënten, gelote voorbeelden, en
welke niet bevestigd mogen worden en waarom.""",
    "Take the decisions of a CSV; lines that cannot be taken are told with their reason, and the exit code is 1.": (
        "Neem de beslissingen uit een CSV over; regels die niet kunnen, worden met hun reden genoemd, en de "
        "exitcode is "
        "dan 1."
    ),
    "Undecided studies of the last plan, with their candidates; --json lists them all.": (
        "Onderzoeken van het laatste plan waarover niet is beslist, met hun kandidaten; --json noemt ze alle."
    ),
    "What share of the decisions a second person makes as well, how well the two agree, and what is remembered.": (
        "Welk deel van de beslissingen ook een tweede persoon neemt, hoe goed die overeenkomen, en wat is onthouden."
    ),
    "Take back what you decided last about a study, under the account that decided it.": (
        "Neem terug wat u het laatst over een onderzoek besliste, onder het account dat het besliste."
    ),
    "Put a person's name under exactly this plan; a changed plan needs a new approval.": (
        "Zet iemands naam onder precies dit plan; een gewijzigd plan moet opnieuw worden goedgekeurd."
    ),
    "Take a plan back: nothing more is begun under it. What is verified stays; `rollback` undoes that.": (
        "Trek een plan in: er wordt niets meer onder begonnen. Wat is geverifieerd, blijft; `rollback` "
        "draait dat terug."
    ),
    "Execute an approved plan: retrieve, write down, correct, store, read back, verify; one study after the other.": (
        "Voer een goedgekeurd plan uit: ophalen, noteren, corrigeren, opslaan, teruglezen, verifiëren; het ene "
        "onderzoek na het andere."
    ),
    "Read corrected studies back again and compare them with what the ledger wrote down; changes nothing.": (
        "Lees gecorrigeerde onderzoeken opnieuw terug en vergelijk ze met wat het logboek noteerde; verandert niets."
    ),
    """Undo verified corrections byte for byte; studies that were changed since are left out.

Of a plan or batch that was a roll-back itself the corrections come back.""": """\
Draai geverifieerde correcties byte voor byte terug; onderzoeken die sindsdien zijn gewijzigd, blijven zoals ze zijn.

Van een plan of batch die zelf een terugdraaiing was, komen de correcties terug.""",
    """Copy what the spool keeps of STUDY (a Study Instance UID) into a folder, as DICOM files in clear.

For putting objects back by hand. The files hold patient data: remove them afterwards.""": """\
Kopieer wat de spool van ONDERZOEK (een Study Instance UID) bewaart naar een map, als leesbare DICOM-bestanden.

Om objecten met de hand terug te zetten. De bestanden bevatten patiëntgegevens: verwijder ze daarna.""",
    """Let STUDY (a Study Instance UID) out of quarantine, once you looked at it in the archive.

Nothing is stored or removed: the study stands as surveyed again, and the next survey and plan judge it anew.""": """\
Haal ONDERZOEK (een Study Instance UID) uit quarantaine, nadat u het in het archief hebt bekeken.

Er wordt niets opgeslagen of verwijderd: het onderzoek geldt weer als geïnventariseerd, en de volgende survey en het
volgende plan beoordelen het opnieuw.""",
    "Tell every receiver what was put right or rolled back since it last heard, in order; what does not go waits.": (
        "Vertel elke ontvanger wat sinds het vorige bericht is gecorrigeerd of teruggedraaid, op volgorde; wat niet "
        "lukt, wacht."
    ),
    "What runs or why nothing does, how far it is, how fast it goes, what to do next. Exit 2 while work is left.": (
        "Wat er loopt of waarom niets loopt, hoe ver het is, hoe snel het gaat en wat er nu te doen is. Exitcode 2 "
        "zolang er werk over is."
    ),
    "Only finish or put back what was begun, at any hour.": (
        "Alleen afmaken of terugzetten wat begonnen was, op elk uur."
    ),
    """All that was done with one patient's studies: what, when, from what to what, on which proofs, by whom.

Asks for a hospital number or a BSN, which is neither shown nor kept. That the question was asked is recorded.""": """\
Alles wat met de onderzoeken van één patiënt is gedaan: wat, wanneer, van wat naar wat, op welke bewijzen, door wie.

Vraagt om een ziekenhuisnummer of een BSN, dat niet wordt getoond of bewaard. Dat dit gevraagd is, wordt vastgelegd.""",
    "Authority of the number.  [default: epd.default_issuer, and none]": (
        "Uitgevende instantie van het nummer.  [standaard: epd.default_issuer, en geen]"
    ),
    "Numbers of the one patient, one a line, instead of asking for one.": (
        "Nummers van die ene patiënt, één per regel, in plaats van om één te vragen."
    ),
    "Who answers the request: your name.": "Wie het verzoek beantwoordt: uw naam.",
    "Write it as a page to FILE too.": "Schrijf het ook als pagina naar BESTAND.",
    "Let running work wait after the study in hand.": "Laat lopend werk wachten na het onderzoek waarmee het bezig is.",
    "Let paused work go on.": "Laat gepauzeerd werk doorgaan.",
    "Lower the ceilings of running work.": "Verlaag de plafonds van lopend werk, nooit boven de ingestelde.",
    "A ceiling over all workers.": "Een plafond over alle werkers samen.",
    "Take back what was lowered by this command.": "Neem terug wat met deze opdracht verlaagd is.",
    "Only say which ceilings hold.": "Zeg alleen welke plafonds gelden.",
    "End running work after the study in hand.": "Beëindig lopend werk na het onderzoek waarmee het bezig is.",
    "Write one batch as a self-contained HTML page: outcomes, exceptions, throughput, people, proof.": (
        "Schrijf één batch als een op zichzelf staande HTML-pagina: uitkomsten, uitzonderingen, tempo, "
        "personen, bewijs."
    ),
    "The audit ledger: history by study, patient, person, batch, date or outcome; proof; exports; the vault.": (
        "Het logboek: geschiedenis per onderzoek, patiënt, persoon, batch, datum of uitkomst; bewijs; "
        "exports; de kluis."
    ),
    "Copy the ledger to a new file while it is in use, and prove the copy. Keep the keys apart from it.": (
        "Kopieer het logboek naar een nieuw bestand terwijl het in gebruik is, en bewijs de kopie. Bewaar de sleutels "
        "daar niet bij."
    ),
    "Sign the ledger's head and write it to a second place.": (
        "Onderteken de stand van het logboek en schrijf die naar een tweede plek."
    ),
    """Write events to a new file: CSV, JSON lines, NEN 7513 records or DICOM audit messages (PS3.15 A.5).

The file is looked through for numbers that may be a BSN; if there is one, no file is left.""": """\
Schrijf gebeurtenissen naar een nieuw bestand: CSV, JSON-regels, NEN 7513 of DICOM-auditberichten (PS3.15 A.5).

Het bestand wordt nagezien op nummers die een BSN kunnen zijn; staat er een in, dan blijft er geen bestand achter.""",
    """Send the events that the receiver does not have yet, by syslog over TLS (RFC 5424, 5425), in order.

Each signed checkpoint follows the last event that it covers, so that the receiver is a second place for them.
Run it from cron or after each batch. When the receiver is away nothing is lost: the next time goes on from
there.""": """\
Stuur de gebeurtenissen die de ontvanger nog niet heeft, met syslog over TLS (RFC 5424, 5425), op volgorde.

Elk ondertekend controlepunt volgt op de laatste gebeurtenis die het dekt, zodat de ontvanger een tweede plek ervoor is.
Voer het uit vanuit cron of na elke batch. Is de ontvanger weg, dan gaat er niets verloren: de volgende keer gaat het
daar verder.""",
    "PostgreSQL: give a role the rights it needs and no others; as the owner of the tables, and after upgrades.": (
        "PostgreSQL: geef een rol de rechten die nodig zijn en geen andere; als eigenaar van de tabellen, en na een "
        "upgrade."
    ),
    "Events in order, one a line.": "Gebeurtenissen op volgorde, één per regel.",
    "Print the key with which anybody checks checkpoints and proofs. It is no secret.": (
        "Toon de sleutel waarmee iedereen controlepunten en bewijzen kan nagaan. Hij is niet geheim."
    ),
    "Until when the ledger must be kept, and which batches' old values can still be read.": (
        "Tot wanneer het logboek bewaard moet blijven, en van welke batches de oude waarden nog leesbaar zijn."
    ),
    """Replace the key of the vault: every batch's data key is wrapped anew, and older key files open nothing any more.

Broken off, it is finished by calling it again.""": """\
Vervang de sleutel van de kluis: de sleutel van elke batch wordt opnieuw verpakt, en oudere sleutelbestanden openen
niets meer.

Na een onderbreking maakt dezelfde opdracht het af.""",
    "The history of one study, with what was changed: masked, unless --reveal.": (
        "De geschiedenis van één onderzoek, met wat er is gewijzigd: gemaskeerd, tenzij --reveal."
    ),
    "Make the old values of a batch unreadable for good. Its studies can then not be rolled back any more.": (
        "Maak de oude waarden van een batch voorgoed onleesbaar. De onderzoeken kunnen daarna niet meer worden "
        "teruggedraaid."
    ),
    """Recompute every event's digest from its content and compare with the signed checkpoints.

With --copy or --proof, anybody can do so who has the public key: no configuration, keys or vault are needed.""": """\
Bereken de controlesom van elke gebeurtenis opnieuw en vergelijk met de ondertekende controlepunten.

Met --copy of --proof kan iedereen dat die de publieke sleutel heeft: configuratie, sleutels of kluis zijn niet
nodig.""",
    """In how many studies the BSN stands in the right place: in the archive, in a sample, sent, received, over time.

Without a subcommand: measure survey. Each measurement is kept in the ledger and shown on one page.""": """\
In hoeveel onderzoeken het BSN op de juiste plaats staat: in het archief, in een steekproef, verzonden, ontvangen, in
de tijd.

Zonder subcommando: measure survey. Elke meting blijft in het logboek staan en komt op één pagina.""",
    """Read the gateway's job list (CSV, see measure.jobs in the configuration) and join it with the studies.

A study counts as it was when it was sent, once however often it was sent. Every line counts, or is named.""": """\
Lees de joblijst van de gateway (CSV, zie measure.jobs in de configuratie) en leg die naast de onderzoeken.

Een onderzoek telt zoals het was toen het werd verzonden, één keer hoe vaak het ook is verzonden. Elke regel telt, of
wordt genoemd.""",
    """Judge studies of which Institution Name is none of measure.own_institutions, by sender, and write letters.

Letters name counts and accession numbers only. They are Dutch, unless --lang or the address book says English.""": """\
Beoordeel onderzoeken waarvan Institution Name niet in measure.own_institutions staat, per afzender, en schrijf brieven.

De brieven noemen alleen aantallen en accession numbers. Ze zijn Nederlands, tenzij --lang of het adresboek
Engels zegt.""",
    """What share of newly arrived studies has the BSN in the right place as it came, and whether it fell.

Every study counts as it was found, never after a correction. Each station, department, modality and sender has a
control chart of its own, and so have all studies together. Where one falls, a note to the department is written
and the exit code is 2, as long as the fall lasts. Works on what the last survey found; asks no archive.""": """\
Bij welk deel van de nieuw binnengekomen onderzoeken het BSN op de juiste plaats stond toen ze binnenkwamen, en of dat
gedaald is.

Elk onderzoek telt zoals het is aangetroffen, nooit na een correctie. Elk apparaat en elke afdeling, modaliteit en
afzender heeft een eigen controlekaart, en alle onderzoeken samen ook. Bij een daling wordt een notitie voor de afdeling
geschreven, en is de exitcode 2 zolang de daling duurt. Rekent met wat de laatste inventarisatie vond; vraagt het
archief niets.""",
    """Look at the headers of randomly drawn studies: one object of each series is retrieved; nothing is stored.

Answers the share with its interval, whether "more than 95 %" is shown, and how many studies that takes.""": """\
Bekijk de headers van willekeurig getrokken onderzoeken: van elke serie wordt één object opgehaald; er wordt niets
opgeslagen.

Geeft het aandeel met zijn interval, of "meer dan 95 %" is aangetoond, en hoeveel onderzoeken daarvoor nodig zijn.""",
    "Coverage of everything that was surveyed, by year, modality, institution, station and department.": (
        "Dekking van alles wat is geïnventariseerd, per jaar, modaliteit, instelling, station en afdeling."
    ),
    "The course of coverage over every measurement that was kept, and what each batch did.": (
        "Het verloop van de dekking over alle bewaarde metingen, en wat elke batch deed."
    ),
    "Try corrections on exported files.": "Probeer correcties op geëxporteerde bestanden.",
    "Write each file corrected into a folder, with its proof beside it; a refusal never stops the rest.": (
        "Schrijf elk bestand gecorrigeerd naar een map, met het bewijs ernaast; een weigering houdt de rest niet tegen."
    ),
    "Every claim of identity with where it stands, and whether the target profile would change it.": (
        "Elke aanduiding van de identiteit met de plaats waar zij staat, en of het doelprofiel haar zou wijzigen."
    ),
    "Bring corrected files back, byte for byte, with the correction that was written beside each.": (
        "Breng gecorrigeerde bestanden byte voor byte terug, met de correctie die ernaast is geschreven."
    ),
    """Have jobs start by themselves: a systemd service, timers and template unit, or lines for cron. Without --write it
only shows what it would write; it enables nothing.""": (
        "Laat taken vanzelf starten: een service, timers en een sjabloon voor systemd, of regels voor cron. Zonder "
        "--write toont het alleen wat het zou schrijven; het schakelt niets in."
    ),
    "For this machine.  [default: when you are root]": "Voor deze machine.  [standaard: als u root bent]",
    "For your own account.  [default: when you are not root]": (
        "Voor uw eigen account.  [standaard: als u geen root bent]"
    ),
    "Lines for cron instead of units for systemd.": "Regels voor cron in plaats van units voor systemd.",
    "Only the unit of a machine that shares the work, on PostgreSQL.": (
        "Alleen de unit van een machine die in het werk deelt, met PostgreSQL."
    ),
    "Who runs the jobs, with --system.  [default: whose the configuration is]": (
        "Wie de taken uitvoert, met --system.  [standaard: van wie de configuratie is]"
    ),
    "Write the files into this folder, such as /etc/systemd/system.  [default: only show them]": (
        "Schrijf de bestanden in deze map, zoals /etc/systemd/system.  [standaard: alleen tonen]"
    ),
    """Run the steps of one job in order: NAME for jobs/NAME.yaml beside the configuration, or a path. What fails keeps
only those steps from running that need it; the worst exit code is the job's, and one summary tells the rest.""": (
        "Voer de stappen van één taak op volgorde uit: NAAM voor jobs/NAAM.yaml naast de configuratie, of een pad. Wat "
        "mislukt, houdt alleen de stappen tegen die het nodig hebben; de ergste exitcode is die van de taak, en één "
        "samenvatting vertelt de rest."
    ),
    "Show the whole job on a synthetic hospital. No server, no network, no patient data.": (
        "Toon het hele werk op een synthetisch ziekenhuis. Geen server, geen netwerk, geen patiëntgegevens."
    ),
    """Serve the pages: overview, plans to approve, the night, the ledger; until it is stopped.

On this machine alone, unless TLS or a trusted reverse proxy is configured. Accounts: remediate web user add.""": """\
Serveer de pagina's: overzicht, plannen om goed te keuren, de nacht, het logboek; tot het wordt gestopt.

Alleen op deze machine, tenzij TLS of een vertrouwde reverse proxy is ingesteld. Accounts: remediate web user add.""",
    "Accounts of the pages: who may sign in, and what they may do.": (
        "Accounts van de pagina's: wie zich mag aanmelden, en wat die mag doen."
    ),
    """Make an account; it gets a password by a link that works once, and sets up a second factor before any page.

Take the name of the person's account of the operating system: who acts on both faces is then one person.""": """\
Maak een account; het krijgt een wachtwoord via een koppeling die één keer werkt, en stelt vóór elke pagina een tweede
factor in.

Neem de naam van iemands account van het besturingssysteem: wie op beide manieren werkt, is dan één persoon.""",
    "Give an account these roles, and no others.": "Geef een account deze rollen, en geen andere.",
    "A new link by which an account gets a password; an account that was closed is open again.": (
        "Een nieuwe koppeling waarmee een account een wachtwoord krijgt; een gesloten account is weer open."
    ),
    "Nobody signs in by this account any more; what was done under it stays in the ledger.": (
        "Niemand meldt zich meer aan met dit account; wat ermee is gedaan, blijft in het logboek."
    ),
    "Every account: whose it is, its roles, its second factors.": (
        "Elk account: van wie het is, zijn rollen, zijn tweede factoren."
    ),
}
