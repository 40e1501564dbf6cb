"""Dutch for the help of every option, by its English text; a test says which is missing."""

from __future__ import annotations

from collections.abc import Mapping

_WHY = "Waarom; blijft in het logboek staan. Geen patiëntgegevens."

OPTIONS: Mapping[str, str] = {
    "Examples": "Voorbeelden",
    "With every command: --config FILE, --json and --lang; `remediate --help` says what they do.": (
        "Bij elk commando: --config BESTAND, --json en --lang; `remediate --help` zegt wat ze doen."
    ),
    "Configuration file.  [default: config.yaml]": "Configuratiebestand.  [standaard: config.yaml]",
    "One JSON document on stdout.": "Eén JSON-document op stdout.",
    "Language of texts for people.  [default: report.language, or en]": (
        "Taal van teksten voor mensen.  [standaard: report.language, of en]"
    ),
    "Give them at metrics.port of this machine, until stopped.": (
        "Geef ze op metrics.port van deze machine, tot het wordt gestopt."
    ),
    "Also under this window, every day.": "Ook onder dit venster, elke dag.",
    "Also at so many objects/s.": "Ook met zoveel objecten per seconde.",
    "Also in this order.": "Ook in deze volgorde.",
    "The gateway's list of sent jobs: also say the share of what is sent, week by week.": (
        "De lijst van verstuurde taken van de gateway: zeg ook het aandeel van wat verstuurd wordt, week na week."
    ),
    "Also with so many confirmed in review a day.": "Ook als er per dag zoveel uit de beoordeling worden bevestigd.",
    "At most.": "Hoogstens.",
    "Page.  [default: in report.folder]": "Pagina.  [standaard: in report.folder]",
    "Folder for them.  [default: here]": "Map ervoor.  [standaard: hier]",
    "Propose epd.csv from this extract: delimiter, encoding, columns. Date formats are never guessed.": (
        "Stel epd.csv voor op grond van deze export: scheidingsteken, codering, kolommen. De vorm van datums "
        "wordt nooit "
        "geraden."
    ),
    "Store, re-store and read back a marked synthetic study.": (
        "Sla een gemarkeerd synthetisch onderzoek op, nog eens op, en lees het terug."
    ),
    "First Study Date, such as 2004-01-01.": "Eerste Study Date, zoals 2004-01-01.",
    "Count by Study Date, or by the day of the first survey that saw it.  [default: measure.new.day]": (
        "Tel naar Study Date, of naar de dag van de eerste inventarisatie die het zag.  [standaard: measure.new.day]"
    ),
    "First Study Date, such as 2026-01-01.": "Eerste Study Date, zoals 2026-01-01.",
    "Last Study Date.": "Laatste Study Date.",
    "Read one header of each new or changed study or series where C-FIND does not tell.  [default: as configured]": (
        "Lees één header van elk nieuw of gewijzigd onderzoek of elke serie waarvan C-FIND het niet zegt.  [standaard: "
        "zoals ingesteld]"
    ),
    "Form of dates that have not the year first, such as %d-%m-%Y.  [default: as the columns tell]": (
        "Vorm van datums waarin het jaar niet voorop staat, zoals %d-%m-%Y.  [standaard: wat uit de kolommen blijkt]"
    ),
    "The CSV files hold every patient; who is not in them is unverified.": (
        "De CSV-bestanden bevatten elke patiënt; wie er niet in staat, geldt als niet geverifieerd."
    ),
    "Also where a snapshot lacks more than one patient in ten.": (
        "Ook als in een momentopname meer dan één op de tien patiënten ontbreekt."
    ),
    "Authority of the number.  [default: epd.default_issuer]": (
        "Uitgevende instantie van het nummer.  [standaard: epd.default_issuer]"
    ),
    "Bring the plan's copies up to what the archive holds.": (
        "Breng de kopieën van het plan bij tot wat het archief bevat."
    ),
    "Only say what waits, and name what was never heard.": (
        "Zeg alleen wat er wacht, en noem wat nooit is aangekomen."
    ),
    "Try what was never heard once more.": "Probeer wat nooit is aangekomen nog eens.",
    "Only this receiver, by its name in the section tell.": "Alleen deze ontvanger, met de naam uit de sectie tell.",
    "Wait for no pause after a failure.": "Wacht geen pauze na een mislukking af.",
    "Hand what waits for this name to that of --to.": "Draag wat op deze naam wacht over aan die van --to.",
    "Who asks for it.": "Wie erom vraagt.",
    "The receiver that it is handed to.": "De ontvanger aan wie het wordt overgedragen.",
    "Ask the nodes of the section copies too.": "Vraag ook de nodes van de sectie copies.",
    "Exit 2 when something is planned, 0 when nothing is.": (
        "Exitcode 2 als er iets gepland is, 0 als er niets gepland is."
    ),
    "The patient of this Study Instance UID.": "De patiënt van deze Study Instance UID.",
    "A patient whose number is asked for.": "Een patiënt van wie het nummer wordt gevraagd.",
    "Who asks for it and approves it: your name.": "Wie het vraagt en goedkeurt: uw naam.",
    "Minutes to wait for another person's approval, where one is needed.  [default: end with what they type]": (
        "Minuten wachten op de goedkeuring van iemand anders, waar die nodig is.  [standaard: eindigen met wat die "
        "typt]"
    ),
    "Which studies are corrected first.  [default: execute.order]": (
        "Welke onderzoeken het eerst gecorrigeerd worden.  [standaard: execute.order]"
    ),
    "Folder for the plan's files.  [default: in report.folder]": (
        "Map voor de bestanden van het plan.  [standaard: in report.folder]"
    ),
    "Who decided: your name.": "Wie besliste: uw naam.",
    "Who decides: your name.": "Wie beslist: uw naam.",
    "Why they must be seen; kept in the ledger.": "Waarom het nodig is ze te zien; staat in het logboek.",
    "Only this group of `review groups`.": "Alleen deze groep van `review groups`.",
    "Studies to write.  [default: all; 200 with --reveal]": (
        "Aantal onderzoeken.  [standaard: alle; 200 met --reveal]"
    ),
    "Both sides in clear, differences marked; asks for --why and --by.": (
        "Beide kanten leesbaar, verschillen gemarkeerd; vraagt --why en --by."
    ),
    "The code that the preview ended with: decide about just what it showed.": (
        "De code waarmee het voorbeeld eindigde: beslis over precies wat het toonde."
    ),
    "Take it back: what proof says of the study counts again.": (
        "Neem het terug: wat het bewijs over het onderzoek zegt, telt weer."
    ),
    "Studies to show.": "Aantal onderzoeken.",
    "Who approves: your name.": "Wie goedkeurt: uw naam.",
    "Who takes it back: your name.": "Wie het intrekt: uw naam.",
    "Why; kept in the ledger. No patient data.": _WHY,
    "The oldest approved plan that can go on, or a newer one with all that it has left.": (
        "Het oudste goedgekeurde plan dat verder kan, of een nieuwer dat alles bevat wat daarvan over is."
    ),
    "Stop after so many studies.  [default: execute.max_studies]": (
        "Stop na zoveel onderzoeken.  [standaard: execute.max_studies]"
    ),
    "Stop at this time, in the zone of execute.window, such as 05:30.  [default: when the window ends]": (
        "Stop op dit tijdstip, in de tijdzone van execute.window, zoals 05:30.  [standaard: aan het eind van "
        "het venster]"
    ),
    "Work outside the window too.": "Werk ook buiten het venster.",
    "Only this Study Instance UID.": "Alleen deze Study Instance UID.",
    "Per cent of the studies, drawn at random.  [default: all]": (
        "Percentage van de onderzoeken, willekeurig getrokken.  [standaard: alle]"
    ),
    "Everything that one batch verified.": "Alles wat één batch verifieerde.",
    "One Study Instance UID.": "Eén Study Instance UID.",
    "Who asks for it and approves it.": "Wie erom vraagt en het goedkeurt.",
    "Make the plan and show it; execute nothing.": "Maak het plan en toon het; voer niets uit.",
    "Do not ask on the terminal.": "Vraag niets op de terminal.",
    "Folder for the files; empty or new.": "Map voor de bestanden; leeg of nieuw.",
    "Folder for the files.": "Map voor de bestanden.",
    "Who asks for them: your name.": "Wie erom vraagt: uw naam.",
    "Who looked at the study: your name.": "Wie het onderzoek heeft bekeken: uw naam.",
    "What was found and repaired; kept in the ledger. No patient data.": (
        "Wat is gevonden en hersteld; blijft in het logboek staan. Geen patiëntgegevens."
    ),
    "Which batch.  [default: the newest that did something]": "Welke batch.  [standaard: de nieuwste die iets deed]",
    "File.  [default: in report.folder]": "Bestand.  [standaard: in report.folder]",
    "File or folder on another disk or share.  [default: ledger.checkpoints]": (
        "Bestand of map op een andere schijf of share.  [standaard: ledger.checkpoints]"
    ),
    "One event a line, in this form.": "Eén gebeurtenis per regel, in deze vorm.",
    "Only this batch.": "Alleen deze batch.",
    "From this moment, such as 2026-11-01 or 2026-11-01T20:00:00.": (
        "Vanaf dit moment, zoals 2026-11-01 of 2026-11-01T20:00:00."
    ),
    "Up to this moment.": "Tot dit moment.",
    "HOST:PORT of the receiver.  [default: ledger.syslog]": "HOST:POORT van de ontvanger.  [standaard: ledger.syslog]",
    "Who signed the receiver's certificate.": "Wie het certificaat van de ontvanger ondertekende.",
    "Form.  [default: ledger.syslog.form]": "Vorm.  [standaard: ledger.syslog.form]",
    "To work with the ledger, or to audit it.": "Om met het logboek te werken, of om het te controleren.",
    "Only one patient: asks for the number, which is never shown or kept.": (
        "Alleen één patiënt: vraagt om het nummer, dat nooit wordt getoond of bewaard."
    ),
    "Authority of that number.  [default: epd.default_issuer, and none]": (
        "Uitgevende instantie van dat nummer.  [standaard: epd.default_issuer, en geen]"
    ),
    "Only what this person did or answers for, or this account.": (
        "Alleen wat deze persoon deed of waarvoor die verantwoordelijk is, of dit account."
    ),
    "Only events of this type.": "Alleen gebeurtenissen van deze soort.",
    "Only studies that became this; may be given again.": (
        "Alleen onderzoeken met deze uitkomst; mag vaker worden gegeven."
    ),
    "Only this reason code.": "Alleen deze redencode.",
    "Only failed, quarantined and drifted studies.": (
        "Alleen onderzoeken die zijn mislukt, in quarantaine staan of in het archief zijn gewijzigd."
    ),
    "At most so many lines.  [default: all]": "Hoogstens zoveel regels.  [standaard: alle]",
    "Who asks for it: your name.": "Wie erom vraagt: uw naam.",
    "New key file, instead of in place.": "Nieuw sleutelbestand, in plaats van het oude te vervangen.",
    "Old and new values in clear; asks for --why, and is itself recorded.": (
        "Oude en nieuwe waarden leesbaar; vraagt om --why, en wordt zelf vastgelegd."
    ),
    "Why they must be seen. No patient data.": "Waarom ze gezien moeten worden. Geen patiëntgegevens.",
    "Who looks: your name.": "Wie kijkt: uw naam.",
    "Write a proof of this history to FILE.": "Schrijf een bewijs van deze geschiedenis naar BESTAND.",
    "The batch whose old values become unreadable.": "De batch waarvan de oude waarden onleesbaar worden.",
    "Every batch older than ledger.retention says.": "Elke batch die ouder is dan ledger.retention zegt.",
    "Checkpoints that were kept elsewhere: a file or folder.  [default: ledger.checkpoints]": (
        "Controlepunten die elders zijn bewaard: een bestand of map.  [standaard: ledger.checkpoints]"
    ),
    "Prove this copy: a file, or a PostgreSQL URL. Needs no keys.": (
        "Controleer deze kopie: een bestand, of een URL van PostgreSQL. Vraagt geen sleutels."
    ),
    "Check a study's proof.": "Controleer het bewijs van een onderzoek.",
    "The ledger's public key, or a file with it (`ledger public-key`).": (
        "De publieke sleutel van het logboek, of een bestand daarmee (`ledger public-key`)."
    ),
    "First day of the jobs that count, such as 2026-11-01.": "Eerste dag van de jobs die tellen, zoals 2026-11-01.",
    "Last day of the jobs that count.  [default: as far as the list goes]": (
        "Laatste dag van de jobs die tellen.  [standaard: zover de lijst gaat]"
    ),
    "The days up to today instead: 10d, 2w, 3m (of 30 days) or 1y (of 365).": (
        "In plaats daarvan de dagen tot en met vandaag: 10d, 2w, 3m (van 30 dagen) of 1y (jaar, van 365)."
    ),
    "Ask the archive for the studies that were never surveyed, first.": (
        "Vraag het archief eerst naar de onderzoeken die nooit zijn geïnventariseerd."
    ),
    "Propose measure.jobs from this list: delimiter, encoding, header line, columns, words. Measures nothing.": (
        "Stel measure.jobs voor op grond van deze lijst: scheidingsteken, codering, kopregel, kolommen, woorden. Meet "
        "niets."
    ),
    "Folder for page and figures.  [default: measure.folder of the configuration]": (
        "Map voor pagina en cijfers.  [standaard: measure.folder in de configuratie]"
    ),
    "Studies to look at.  [default: enough to show > 95 %]": (
        "Aantal te bekijken onderzoeken.  [standaard: genoeg om > 95 % aan te tonen]"
    ),
    "Of the interval, in per cent.  [default: measure.confidence]": (
        "Van het interval, in procenten.  [standaard: measure.confidence]"
    ),
    "Draw the same studies again.  [default: random]": "Trek dezelfde onderzoeken opnieuw.  [standaard: willekeurig]",
    "By what the sample is told apart; may be given again. Changes nothing of what is drawn.": (
        "Waarnaar de steekproef wordt uitgesplitst; mag vaker worden gegeven. Verandert niets aan wat getrokken wordt."
    ),
    "Draw from the studies that this job list says were sent, instead of from the archive.": (
        "Trek uit de onderzoeken die volgens deze joblijst zijn verzonden, in plaats van uit het archief."
    ),
    "File that holds the one BSN of these files; never on the command line.": (
        "Bestand met het ene BSN van deze bestanden; nooit op de opdrachtregel."
    ),
    "Empty or new folder.  [default: one in the folder for temporary files]": (
        "Lege of nieuwe map.  [standaard: een map tussen de tijdelijke bestanden]"
    ),
    "Studies on the archive.": "Onderzoeken in het archief.",
    "Keep the archive listening at the end, to try commands by hand.": (
        "Laat het archief na afloop luisteren, om zelf commando's te proberen."
    ),
    "Serve the pages over its ledger at the end, with an account.": (
        "Serveer na afloop de pagina's over het logboek, met een account."
    ),
    "Tables in full.": "Tabellen in hun geheel.",
    "Address to listen on.  [default: web.listen]": "Adres om op te luisteren.  [standaard: web.listen]",
    "Port; 0 takes a free one.  [default: web.port]": "Poort; 0 neemt een vrije.  [standaard: web.port]",
    "What it may do; may be given again.": "Wat het mag doen; mag vaker worden gegeven.",
    "Whose it is.  [default: by approval.names]": "Van wie het is.  [standaard: volgens approval.names]",
    "Ask for a password here, instead of a link for the first time.": (
        "Vraag hier om een wachtwoord, in plaats van een koppeling voor de eerste keer."
    ),
    "For who lost phone or key: second factors and password go.": (
        "Voor wie telefoon of sleutel kwijt is: tweede factoren en wachtwoord vervallen."
    ),
}
