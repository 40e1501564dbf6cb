"""The sentences of the pages, in both languages; those of one page stand in a mapping of their own."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence
from remediate.web.ledger_words import LEDGER_WORDS
from remediate.web.night_words import NIGHT
from remediate.web.overview_words import OVERVIEW
from remediate.web.plan_words import PLANS
from remediate.web.queue_words import QUEUE

_COMMON: Mapping[str, Sentence] = {
    "skip": Sentence("Skip to the content", "Naar de inhoud"),
    "menu": Sentence("Menu", "Menu"),
    "overview": Sentence("Overview", "Overzicht"),
    "plans": Sentence("Plans", "Plannen"),
    "night": Sentence("Night", "Nacht"),
    "ledger": Sentence("Ledger", "Logboek"),
    "sign_out": Sentence("Sign out", "Afmelden"),
    "sign_in": Sentence("Sign in", "Aanmelden"),
    "account": Sentence("Account", "Account"),
    "language": Sentence("Language", "Taal"),
    "messages": Sentence("Messages", "Meldingen"),
    "refused": Sentence(
        "Your role does not allow this page. Whoever manages remediate gives roles: remediate web user role.",
        "Uw rol geeft geen toegang tot deze pagina. De beheerder van remediate geeft rollen: remediate web user role.",
    ),
    "not_found": Sentence("There is no such page.", "Deze pagina bestaat niet."),
    "bad_request": Sentence("This request cannot be answered.", "Dit verzoek kan niet worden beantwoord."),
    "not_so": Sentence(
        "This address answers a form. Open the page that has it, and send the form again.",
        "Dit adres verwerkt een formulier. Open de pagina met dat formulier en verstuur het opnieuw.",
    ),
    "broken": Sentence(
        "Something went wrong here. Nothing was changed by it; the program log says where.",
        "Er ging iets mis. Er is daardoor niets gewijzigd; in het programmalogboek staat waar.",
    ),
    "ledger_locked": Sentence(
        "Something else is writing to the ledger: a plan, a night's work or a backup. Try again in a minute. Overview, "
        "plans and night can be read meanwhile.",
        "Iets anders schrijft nu in het logboek: een plan, het werk van de nacht of een back-up. Probeer het over een "
        "minuut opnieuw. Overzicht, plannen en nacht zijn intussen te lezen.",
    ),
    "ledger_locked_form": Sentence(
        "Something else is writing to the ledger: a plan, a night's work or a backup. Open the page again in a minute, "
        "see whether what you sent was taken, and otherwise send it again.",
        "Iets anders schrijft nu in het logboek: een plan, het werk van de nacht of een back-up. Open de pagina over "
        "een minuut opnieuw, kijk of is overgenomen wat u verstuurde, en verstuur het anders nog eens.",
    ),
    "forged": Sentence(
        "This form was not ours, or its page stood open too long. Open the page again.",
        "Dit formulier hoort niet bij deze pagina's, of de pagina stond te lang open. Open de pagina opnieuw.",
    ),
    "locked_out": Sentence(
        "Too many wrong passwords: this account is locked from here for a quarter of an hour.",
        "Te veel verkeerde wachtwoorden: dit account is vanaf hier een kwartier geblokkeerd.",
    ),
    "too_often": Sentence(
        "Too many tries in a short time. Wait a minute.", "Te veel pogingen in korte tijd. Wacht een minuut."
    ),
    "problem": Sentence("That cannot be done", "Dat kan niet"),
    "back": Sentence("Back to the overview", "Terug naar het overzicht"),
    "by_hospital": Sentence("Sign in with {name}", "Aanmelden met {name}"),
    "passkey": Sentence("Sign in with a passkey", "Aanmelden met een passkey"),
    "user_name": Sentence("Account", "Account"),
    "password": Sentence("Password", "Wachtwoord"),
    "or": Sentence("or", "of"),
    "no_account": Sentence(
        "Accounts are made by whoever manages remediate.", "Accounts worden gemaakt door de beheerder van remediate."
    ),
    "second_factor": Sentence("Second factor", "Tweede factor"),
    "code": Sentence(
        "Code of your authenticator app, or a recovery code", "Code van uw authenticator-app, of een herstelcode"
    ),
    "go_on": Sentence("Go on", "Verder"),
    "use_key": Sentence("Use a passkey or security key", "Een passkey of beveiligingssleutel gebruiken"),
    "cancel": Sentence("Cancel", "Annuleren"),
    "factor_needed": Sentence(
        "Before any page opens, this account needs a second factor. Choose one.",
        "Voordat er een pagina opent, heeft dit account een tweede factor nodig. Kies er een.",
    ),
    "factor_app": Sentence("Authenticator app", "Authenticator-app"),
    "factor_app_on": Sentence("An authenticator app is set up.", "Er is een authenticator-app ingesteld."),
    "factor_app_off": Sentence("Any app for one-time codes (TOTP).", "Elke app voor eenmalige codes (TOTP)."),
    "factor_key": Sentence("Passkeys and security keys", "Passkeys en beveiligingssleutels"),
    "factor_keys": Sentence("Set up: {number}.", "Ingesteld: {number}."),
    "factor_codes": Sentence("Recovery codes", "Herstelcodes"),
    "factor_codes_told": Sentence(
        "For the day that phone or key is lost. Keep them apart from both.",
        "Voor het geval dat u telefoon of sleutel kwijtraakt. Bewaar ze apart van beide.",
    ),
    "set_up": Sentence("Set up", "Instellen"),
    "manage": Sentence("Manage", "Beheren"),
    "make_codes": Sentence("Make recovery codes", "Herstelcodes maken"),
    "totp_told": Sentence(
        "Scan this with the app, or type the key in it. Then type the code that the app shows.",
        "Scan dit met de app, of typ de sleutel daarin. Typ daarna de code die de app toont.",
    ),
    "totp_key": Sentence("Key", "Sleutel"),
    "totp_code": Sentence("Code that the app shows", "Code die de app toont"),
    "qr": Sentence("QR code of the key below", "QR-code van de sleutel hieronder"),
    "first_title": Sentence("Choose a password", "Kies een wachtwoord"),
    "first_told": Sentence(
        "This link works once. After this you sign in, and set up a second factor.",
        "Deze link werkt één keer. Hierna meldt u zich aan en stelt u een tweede factor in.",
    ),
    "first_over": Sentence(
        "This link was used already, or is older than a day. Ask for a new one.",
        "Deze link is al gebruikt, of is ouder dan een dag. Vraag een nieuwe aan.",
    ),
    "again_password": Sentence("The same password again", "Hetzelfde wachtwoord nog eens"),
    "old_password": Sentence("Password until now", "Huidig wachtwoord"),
    "new_password": Sentence("New password", "Nieuw wachtwoord"),
    "change_password": Sentence("Change password", "Wachtwoord wijzigen"),
    "confirm_it_is_you": Sentence("Confirm that it is you", "Bevestig dat u het bent"),
    "no_role": Sentence(
        "This account has no role yet: there is nothing to see.", "Dit account heeft nog geen rol: er is niets te zien."
    ),
}

WORDS: Mapping[str, Sentence] = {**_COMMON, **OVERVIEW, **NIGHT, **PLANS, **LEDGER_WORDS, **QUEUE}
"""Every sentence by name; a name means one thing on all pages."""
