"""Golden truth tables of links: paths, children, titles, and what a reader may not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from crmcore.kinds import Boolean, DecimalKind, Labels, Link, MultiLink, Text
from crmcore.schema import Field, Module
from crmcore.testing.asking import Asker
from crmcore.testing.conformance.desk import conditions_of, record_named
from crmcore.testing.script import Create

COMPANY: Final = Module(
    "company",
    [
        Field("name", Text(), Labels("名称"), number=1),
        Field("region", Text(), Labels("区域"), number=2),
        Field("parent", Link("company", "detach"), number=3),
        Field("partners", MultiLink("company"), number=4),
    ],
    title="name",
    label=Labels("公司"),
    number=101,
)
DEAL: Final = Module(
    "deal",
    [
        Field("title", Text(), Labels("标题"), number=1),
        Field("company", Link("company"), Labels("客户"), number=2),
        Field("partner", Link("company"), number=3),
        Field("amount", DecimalKind(2), Labels("金额"), number=4),
        Field("won", Boolean(), number=5),
    ],
    title="title",
    label=Labels("商机"),
    number=102,
)


def _company(name: str, region: str | None, parent: str | None, *partners: str) -> Create:
    links = tuple(sorted(record_named(one) for one in partners)) or None
    over = None if parent is None else record_named(parent)
    values = {"name": name, "region": region, "parent": over, "partners": links}
    return Create("company", record_named(name), values)


def _deal(
    title: str, company: str | None, partner: str | None, amount: str | None, won: bool | None
) -> Create:
    values = {
        "title": title,
        "company": None if company is None else record_named(company),
        "partner": None if partner is None else record_named(partner),
        "amount": DecimalKind(2).normalize(amount),
        "won": won,
    }
    return Create("deal", record_named(title), values)


PEOPLE: Final = (
    _company("acme", "华东", None),
    _company("beta", "华北", "acme", "acme"),
    _company("gamma", None, "acme"),
    _company("delta", "华东", "beta", "acme", "beta"),
)
DEALS: Final = (
    _deal("d1", "acme", None, "100", True),
    _deal("d2", "acme", "beta", "200", False),
    _deal("d3", "beta", None, None, None),
    _deal("d4", None, None, "50", True),
    _deal("d5", "delta", "delta", "50", True),
)


@frozen
class LinkTruths:
    """Conditions on `module` as someone with `scopes` asks them, and what he finds.

    Without `scopes` the system asks; a module that they do not name may not be read. `*`
    stands for everything that he may see, `-` for nothing.
    """

    subject: str
    module: str
    found: Mapping[str, str]
    scopes: Mapping[str, str] | None = field(default=None)

    @property
    def asker(self) -> Asker:
        """Who asks."""
        return Asker(None if self.scopes is None else conditions_of(self.scopes))


LINK_TABLES: Final = (
    LinkTruths(
        "paths",
        "deal",
        {
            "company.region == '华东'": "d1 d2 d5",
            "company.region != '华东'": "d3 d4",
            "not (company.region == '华东')": "d3 d4",
            "company.region == null": "d4",
            "客户.区域 == '华东'": "d1 d2 d5",
            "company.parent.region == '华东'": "d3",
            "company.parent.parent.name == 'acme'": "d5",
            "company.parent.parent.name != 'acme'": "d1 d2 d3 d4",
            "company == partner": "d5",
            "company != partner": "d1 d2 d3 d4",
            "company.region == partner.region": "d5",
            "company.region != partner.region": "d1 d2 d3 d4",
            "company.name < partner.name": "d2",
            "company.region != partner.region and company.name == partner.name": "-",
            "contains(company.region, '华')": "d1 d2 d3 d5",
            "company.region in ['华北', null]": "d3",
        },
    ),
    LinkTruths(
        "titles",
        "deal",
        {
            "company == 'acme'": "d1 d2",
            "company != 'acme'": "d3 d4 d5",
            "company in ['acme', 'delta']": "d1 d2 d5",
            "not (company in ['acme', 'delta'])": "d3 d4",
            "contains(company, 'ET')": "d3",
            "like(company, 'ACME')": "d1 d2",
            "company == null": "d4",
            "company != null": "d1 d2 d3 d5",
        },
    ),
    LinkTruths(
        "children",
        "company",
        {
            "exists(deal.company)": "acme beta delta",
            "not exists(deal.company)": "gamma",
            "exists(deal.company, won)": "acme delta",
            "exists(deal.company, not won)": "acme beta",
            "all(deal.company, won)": "gamma delta",
            "not all(deal.company, won)": "acme beta",
            "count(deal.company) == 2": "acme",
            "count(deal.company) == 0": "gamma",
            "count(deal.company) < 2": "beta gamma delta",
            "2 > count(deal.company)": "beta gamma delta",
            "count(deal.company) >= 0": "*",
            "count(deal.company) < 0": "-",
            "count(deal.company) > -5": "*",
            "count(deal.company, amount >= 100) == 2": "acme",
            "count(deal.company, amount >= 50) != 1": "acme beta gamma",
            "exists(deal.partner)": "beta delta",
            "exists(deal.partner, company.name == 'acme')": "beta",
            "exists(deal.company, won) and exists(deal.partner)": "delta",
        },
    ),
    LinkTruths(
        "children of one's own sort",
        "company",
        {
            "exists(company)": "acme beta",
            "exists(companies, region == '华东')": "beta",
            "exists(公司, exists(deal.company, won))": "beta",
            "count(company.parent) == 2": "acme",
            "exists(parent.company.parent)": "beta gamma delta",
            "count(parent.deal.company) == 2": "beta gamma",
            "count(parent.deal.company) != 2": "acme delta",
            "parent.parent == 'acme'": "delta",
        },
    ),
    LinkTruths(
        "sets of links",
        "company",
        {
            "partners == null": "acme gamma",
            "partners != null": "beta delta",
        },
    ),
    LinkTruths(
        "paths through the invisible",
        "deal",
        {
            "company.region == null": "d3 d4",
            "company.region != null": "d1 d2 d5",
            "company.name != 'acme'": "d3 d4 d5",
            "company == 'beta'": "-",
            "company != null": "d1 d2 d3 d5",
            "company.parent.name == 'acme'": "-",
            "partner.name == 'beta'": "-",
            "company.region == partner.region": "d5",
            "count(company.company.parent) == 0": "*",
        },
        {"deal": "true", "company": "region == '华东'"},
    ),
    LinkTruths(
        "invisible children",
        "company",
        {
            "exists(deal.company, amount == 200)": "-",
            "count(deal.company) == 1": "acme delta",
            "count(deal.company) == 0": "beta gamma",
            "all(deal.company, won)": "*",
            "not exists(deal.company)": "beta gamma",
        },
        {"company": "true", "deal": "won"},
    ),
    LinkTruths(
        "no grant on the children",
        "company",
        {"exists(deal.company)": "-", "not exists(deal.company)": "*", "true": "*"},
        {"company": "true"},
    ),
    LinkTruths(
        "no grant at all", "company", {"true": "-", "region == null": "-"}, {"deal": "true"}
    ),
    LinkTruths(
        "a scope along a link",
        "deal",
        {
            "true": "d1 d2 d5",
            "not won": "d2",
            "company.region == '华东'": "-",
            "company != null": "d1 d2 d5",
        },
        {"deal": "company.region == '华东'"},
    ),
    LinkTruths(
        "a scope over children",
        "company",
        {"true": "acme delta", "region != '华东'": "-", "exists(deal.company)": "-"},
        {"company": "exists(deal.company, won)"},
    ),
    LinkTruths(
        "a scope with an alternative that fails closed",
        "company",
        {"true": "beta", "region == '华北'": "beta"},
        {"company": "region == me.department or name == 'beta'"},
    ),
    LinkTruths(
        "a scope that fails closed, negated",
        "company",
        {"true": "-"},
        {"company": "not (region == me.department)"},
    ),
)
"""All tables of links, by subject."""
