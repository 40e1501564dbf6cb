"""How one name comes to stand in headers: every order, prefix habit, case and layout that old systems knew."""

from __future__ import annotations

from random import Random

from adversarial_people import CALL_NAMES

from remediate.identity.patients import PersonName

_PLAIN = str.maketrans("üöøłđćéèëïáóŁĐÖÜØß", "uooldceeeiaoLDOUOs")
_ABBREVIATED = {"van der": "v.d.", "van den": "v/d", "van": "v.", "de": "d."}


def spelled(random: Random, name: PersonName, given: str) -> str:
    """A Person Name with these given names or initials, in one of many layouts."""
    surname, prefix = _surname(random, name)
    if random.random() < 0.3:
        surname, given = _typed_plainly(random, surname), _typed_plainly(random, given)
    if random.random() < 0.4:
        surname, prefix, given = surname.upper(), prefix.upper(), given.upper()
    layouts = [
        f"{surname}^{given}^^{prefix}",
        f"{prefix} {surname}".strip() + f"^{given}",
        f"{surname} {prefix}".strip() + f"^{given}",
        f"{surname}, {prefix}^{given}" if prefix else f"{surname}^{given}",
        f"{surname}, {given} {prefix}".strip(),
        f"{surname}^{given} {prefix}".strip(),
        f"{prefix} {surname} {given}".strip(),
        f"{given} {prefix} {surname}".replace("  ", " "),
        f"{prefix} {surname}".strip() + f"^{given}^^Dhr.^Jr.",
        f"{surname}^{given}^^{prefix}=ヤマダ^タロウ",
    ]
    return random.choice(layouts)


def _surname(random: Random, name: PersonName) -> tuple[str, str]:
    """One of the forms under which someone is known: surname and the prefix that stands apart from it."""
    own, prefix = name.surname, name.prefix
    partner = f"{name.partner_prefix} {name.partner_surname}".strip()
    forms = [(own, prefix)]
    if partner:
        forms += [
            (name.partner_surname, name.partner_prefix),
            (f"{name.partner_surname}-{prefix} {own}".replace("- ", "-"), name.partner_prefix),
            (f"{own} - {partner}", prefix),
            (f"{own} {partner}", prefix),
        ]
    surname, prefix = random.choice(forms)
    habit = random.random()
    if habit < 0.1:
        return surname, ""
    if habit < 0.2:
        return surname, _ABBREVIATED.get(prefix, prefix)
    return surname, prefix


def _typed_plainly(random: Random, text: str) -> str:
    """As on a keyboard without diacritics, or with y for ij, or without apostrophe and hyphen."""
    text = text.replace("ß", "ss").translate(_PLAIN)
    habit = random.random()
    if habit < 0.3:
        return text.replace("ij", "y").replace("IJ", "Y")
    if habit < 0.5:
        return text.replace("'", "’").replace("-", " ")
    return text


def given_in_full(_: Random, name: PersonName) -> str:
    """All given names."""
    return name.given_names


def given_in_short(random: Random, name: PersonName) -> str:
    """The first name, initials in several notations, one of several names, or a call name."""
    given = name.given_names.split()
    dotted = name.initials
    call_name = CALL_NAMES.get(given[0], given[0])
    forms = [given[0], dotted, dotted.replace(".", ". ").strip(), dotted.split(".")[0], dotted.split(".")[0] + "."]
    forms += [dotted.replace(".", ""), f"{given[0]} {dotted.split('.', 1)[1]}".strip(), call_name]
    forms += [f"{dotted} ({call_name})"]
    return random.choice(forms)
