"""What conditions promise: the golden truth tables, and that `not` is the exact complement."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from crmcore.query.ast import MAX_LIST, Compare, Items, Logic, Name, Node, Not, Value
from crmcore.query.bind import Binder
from crmcore.query.bound import TRUE, AllOf, AnyOf, BoundNode, Comparison, Const, Negation, Ref
from crmcore.query.text import parse
from crmcore.storage import Backend
from crmcore.testing.asking import SYSTEM
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden import TABLES, Truths
from crmcore.testing.conformance.golden_links import DEALS, LINK_TABLES, PEOPLE, LinkTruths
from crmcore.testing.hostile import HOSTILE
from crmcore.testing.script import Create

_DEPTH: Final = 26


class Conditions:
    """Two-valued and total: a comparison with nothing is false, and `not` turns it around."""

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.subject))
    def test_the_golden_tables(self, store: Backend, table: Truths) -> None:
        desk = Desk.at(store, table.module)
        normal = table.kind.normalize
        acts = [
            Create(
                "probe",
                record_named(label),
                {"label": label, "x": normal(value), "y": normal(table.others.get(label))},
            )
            for label, value in table.values.items()
        ]
        desk.commit(*acts)
        wrong = []
        for condition in table.conditions:
            expected = table.holding(condition)
            found = desk.find("probe", condition)
            if sorted(found) != sorted(expected):
                wrong.append(f"{condition}: {sorted(found)}, not {sorted(expected)}")
            rest = desk.find("probe", f"not ({condition})")
            if sorted(rest) != sorted(set(table.values) - expected):
                wrong.append(f"not ({condition}): {sorted(rest)}")
        assert not wrong, "\n" + "\n".join(wrong)

    @pytest.mark.parametrize("table", LINK_TABLES, ids=lambda table: str(table.subject))
    def test_the_golden_tables_of_links(self, desk: Desk, table: LinkTruths) -> None:
        desk.commit(*PEOPLE, *DEALS)
        visible = set(desk.find(table.module, asker=table.asker))
        wrong = []
        for condition, names in table.found.items():
            expected = {"*": visible, "-": set()}.get(names, set(names.split()))
            found = desk.find(table.module, condition, asker=table.asker)
            if sorted(found) != sorted(expected):
                wrong.append(f"{condition}: {sorted(found)}, not {sorted(expected)}")
            rest = desk.find(table.module, f"not ({condition})", asker=table.asker)
            if sorted(rest) != sorted(visible - expected):
                wrong.append(f"not ({condition}): {sorted(rest)}")
        assert not wrong, "\n" + "\n".join(wrong)

    def test_sets_of_links_hold_ids(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        acme, beta = record_named("acme"), record_named("beta")
        assert desk.find("company", f"'{acme}' in partners", order="name") == ["beta", "delta"]
        assert desk.find("company", f"contains_all(partners, ['{acme}', '{beta}'])") == ["delta"]
        assert desk.find("company", f"not ('{acme}' in partners)", order="name") == [
            "acme",
            "gamma",
        ]

    def test_records_are_found_by_id_and_by_stamps(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        ids = [record_named(name) for name in ("acme", "nobody", "beta")]
        assert desk.find("company", f"id == '{ids[0]}'") == ["acme"]
        listed = ", ".join(f"'{one}'" for one in ids)
        assert desk.find("company", f"id in [{listed}]", order="name") == ["acme", "beta"]
        assert desk.find("company", f"id != '{ids[0]}'", order="name") == ["beta", "delta", "gamma"]
        assert len(desk.find("company", "created_by.name == 'Anna' and created_at < now")) == 4
        assert desk.find("company", "updated_by != me") == []

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_mean_themselves(self, desk: Desk, text: str) -> None:
        others = ("a", "%", "x' or 'x'='x", text + "z", "z" + text)
        names = dict.fromkeys((text, *others))
        desk.commit(*(Create("company", record_named(one), {"name": one}) for one in names))
        module = desk.schema.module("company")
        name = Ref((), module.by_name["name"])
        query = desk.query("company")
        equal = Comparison("==", name, Const(text, name.kind))
        assert desk.rows(evolve(query, where=equal)) == [(text,)]
        found = {row[0] for row in desk.rows(evolve(query, where=Negation(equal)))}
        assert found == set(names) - {text}
        for word in ("contains", "starts_with", "ends_with", "like"):
            bound = Binder(desk.schema, SYSTEM.reader).condition(
                module, parse(f"{word}(name, {_quoted(text)})")
            )
            assert (text,) in desk.rows(evolve(query, where=bound))

    def test_nothing_and_everything(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        query = desk.query("company")
        for where, count in ((AllOf(()), 4), (AnyOf(()), 0), (Negation(TRUE), 0), (TRUE, 4)):
            assert len(desk.rows(evolve(query, where=where))) == count

    def test_long_lists(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        names = [Value(f"nobody {n}") for n in range(MAX_LIST - 1)]
        among = Compare("in", Name(("name",)), Items((*names, Value("acme"))))
        assert _found(desk, among) == ["acme"]
        assert _found(desk, Not(among)) == ["beta", "delta", "gamma"]

    def test_many_terms(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        terms = [Compare("==", Name(("name",)), Value(f"nobody {n}")) for n in range(498)]
        last = Compare("==", Name(("name",)), Value("gamma"))
        assert _found(desk, Logic("or", (*terms, last))) == ["gamma"]
        others = [Not(term) for term in terms]
        assert _found(desk, Logic("and", (*others, last))) == ["gamma"]

    def test_deep_nesting(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        node: Node = Compare("==", Name(("name",)), Value("acme"))
        for level in range(_DEPTH):
            other = Compare("==", Name(("name",)), Value(f"nobody {level}"))
            node = Logic(
                "or" if level % 2 else "and",
                (Not(other), node) if level % 2 == 0 else (other, node),
            )
        assert _found(desk, node) == ["acme"]
        for _ in range(2):
            node = Not(node)
        assert _found(desk, node) == ["acme"]

    def test_six_links_in_one_question(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        where = (
            "company.parent.parent.name == 'acme' and partner.parent.parent.name == 'acme'"
            " and company.name == partner.name"
        )
        assert desk.find("deal", where) == ["d5"]

    def test_conditions_within_conditions_within_conditions(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        where = "exists(company.parent, not exists(company.parent, exists(deal.company, not won)))"
        assert desk.find("company", where, order="name") == ["acme", "beta"]
        where = "exists(company.parent, exists(company.parent, exists(deal.company, won)))"
        assert desk.find("company", where) == ["acme"]


def _found(desk: Desk, node: Node) -> list[object]:
    module = desk.schema.module("company")
    where: BoundNode = Binder(desk.schema, SYSTEM.reader).condition(module, node)
    query = evolve(desk.query("company", order="name"), where=where)
    return [row[0] for row in desk.rows(query)]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
