"""`prove`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from attrs import evolve

from crmcore.cli.command import argument, command, flag, number, option
from crmcore.cli.desk import Desk
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import trusting
from crmcore.errors import Invalid, NotFound, WorkspaceError
from crmcore.schema.names import nearest

if TYPE_CHECKING:
    from crmcore.testing.proofs import Proof

ALL: Final = "all"
BACKENDS: Final = "memory,sqlite"
FEW: Final[Mapping[str, int]] = {"parity": 40, "fidelity": 40}
FEW_STORIES: Final = 6
"""Examples where no number is given: all laws together shall not keep one waiting."""


@command(
    "prove",
    trusting.PROVE,
    argument("laws", many=True, required=False),
    option("--backends", metavar="NAMES"),
    number("--examples", least=1),
    number("--questions", least=1),
    number("--seed"),
    option("--sabotage", metavar="NAME"),
    flag("--list", "list_laws"),
)
def prove(
    desk: Desk,
    laws: tuple[str, ...],
    backends: str | None,
    examples: int | None,
    questions: int | None,
    seed: int | None,
    sabotage: str | None,
    list_laws: bool,
) -> int:
    """Try the laws; the last line is the verdict."""
    from crmcore.testing.laws import LAWS

    if list_laws:
        return _list(desk, list(LAWS), _planted())
    chosen = _chosen(laws, sabotage)
    names = _names(desk, backends, sabotage)
    proofs: list[Proof] = []
    for name in chosen:
        sizes = _sizes(name, examples, questions, default=sabotage is not None)
        proof = _proof(LAWS[name], name, names, sizes, seed or 0, sabotage)
        if sabotage is not None and proof.holds:
            proof = evolve(proof, weaknesses=(f"{sabotage} was planted and not found",))
        proofs.append(proof)
        _tell(desk, proof)
    return _verdict(desk, proofs)


def _planted() -> Mapping[str, str]:
    """What each planted bug does, by name."""
    from crmcore.testing.sabotage import descriptions
    from crmcore.testing.secrecy import LEAKS

    return {**descriptions(), **{name: one.what for name, one in LEAKS.items()}}


def _chosen(laws: Sequence[str], sabotage: str | None) -> list[str]:
    """The laws that are tried: with a planted bug, those that could find it."""
    from crmcore.testing.laws import LAWS
    from crmcore.testing.sabotage import REFERENCE, laws_of
    from crmcore.testing.secrecy import LEAKS, SECRECY_LAWS

    chosen = list(LAWS) if not laws or ALL in laws else list(dict.fromkeys(laws))
    for name in chosen:
        if name not in LAWS:
            raise NotFound("no_such_law", name=name, known=", ".join(LAWS))
    if sabotage is None:
        return chosen
    planted = _planted()
    if sabotage.removeprefix(REFERENCE) not in planted:
        known = nearest(sabotage, list(planted)) or ", ".join(planted)
        raise NotFound("no_such_sabotage", name=sabotage, known=known)
    able = SECRECY_LAWS if sabotage in LEAKS else laws_of(sabotage, LAWS.keys() - SECRECY_LAWS)
    found = [name for name in chosen if name in able]
    if not found:
        raise Invalid("sabotage_not_of_law", name=sabotage, laws=", ".join(sorted(able)))
    return found


def _names(desk: Desk, backends: str | None, sabotage: str | None) -> list[str]:
    """The backends that are compared: with a planted bug of one of them, that one."""
    from crmcore.testing.sabotage import SLIPS, check_bites

    where = backends or (SLIPS[sabotage].backend if sabotage in SLIPS else BACKENDS)
    names = [one.strip() for one in where.split(",") if one.strip()]
    if not names:
        raise desk.bad("--backends", "name at least one", "请至少给出一个")
    check_bites(sabotage, names)
    return names


def _tell(desk: Desk, proof: Proof) -> None:
    """What was asked, the verdict, and what differed."""
    for fact in proof.facts():
        desk.screen.line(fact, "dim")
    sign, color = ("✓", "green") if proof.holds else ("✗", "red")
    desk.screen.line(f"{sign} {proof.law}: {proof.line}", color)
    for divergence in proof.divergences:
        desk.screen.line(str(divergence))


def _sizes(
    name: str, examples: int | None, questions: int | None, *, default: bool
) -> dict[str, int]:
    """How much a law is asked to try; with `default` as much as it does by itself."""
    found = {} if default else {"examples": FEW.get(name, FEW_STORIES)}
    found |= {} if examples is None else {"examples": examples}
    return found | ({"asks": questions} if questions is not None and name == "parity" else {})


def _proof(
    law: Callable[..., Proof],
    name: str,
    backends: Sequence[str],
    sizes: Mapping[str, int],
    seed: int,
    sabotage: str | None,
) -> Proof:
    """What a law says; a store so broken that the law cannot end is a divergence too."""
    from crmcore.testing.proofs import Divergence, Proof

    try:
        return law(backends, seed=seed, sabotage=sabotage, **sizes)
    except WorkspaceError:
        # There is no such backend.
        raise
    except Exception as error:
        what = f"{name} could not go on: {type(error).__name__}: {error}"
        program = f"crmcore prove {name} --seed {seed}"
        program += f" --examples {sizes['examples']}" if "examples" in sizes else ""
        program += "" if sabotage is None else f" --sabotage {sabotage}"
        failed = (Divergence(", ".join(backends), what, program),)
        count = sizes.get("examples", 0)
        return Proof(name, tuple(backends), seed, count, 1, 0, divergences=failed)


def _verdict(desk: Desk, proofs: list[Proof]) -> int:
    questions = sum(proof.questions for proof in proofs)
    divergences = sum(len(proof.divergences) for proof in proofs)
    backends = len({name for proof in proofs for name in proof.backends})
    holds = all(proof.holds for proof in proofs)
    # Always the same words: programs look for them.
    line = f"{divergences} divergences in {questions} questions on {backends} backends"
    if len(proofs) == 1:
        line = proofs[0].line
    if not holds:
        failed = ", ".join(proof.law for proof in proofs if not proof.holds)
        line = f"failed: {failed}; {line}"
    desk.screen.data({"holds": holds, "verdict": line, "laws": [_data(proof) for proof in proofs]})
    desk.screen.line(line, "bold")
    return OK if holds else REFUSED


def _data(proof: Proof) -> dict[str, object]:
    return {
        "law": proof.law,
        "holds": proof.holds,
        "backends": list(proof.backends),
        "seed": proof.seed,
        "examples": proof.examples,
        "questions": proof.questions,
        "non_trivial": proof.non_trivial,
        "refused": dict(proof.refused),
        "features": dict(proof.features),
        "divergences": [str(one) for one in proof.divergences],
        "weaknesses": list(proof.weaknesses),
    }


def _list(desk: Desk, laws: list[str], sabotages: Mapping[str, str]) -> int:
    desk.screen.data({"laws": laws, "sabotages": dict(sabotages)})
    desk.screen.line(desk.tongue("laws", "定律"), "bold")
    for name in laws:
        desk.screen.line(f"  {name}")
    desk.screen.line(desk.tongue("sabotages", "破坏项"), "bold")
    for name, what in sabotages.items():
        desk.screen.line(f"  {name:26} {what.splitlines()[0] if what else ''}")
    return OK
