"""A kind that makes no sense cannot be declared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmcore.errors import Invalid, SchemaError
from crmcore.kinds import (
    DateTime,
    DecimalKind,
    Integer,
    Kind,
    Labels,
    LongText,
    MoneyKind,
    Percent,
    Phone,
    Postcode,
    Text,
)
from crmcore.kinds.labels import labels

BAD: list[tuple[type[Kind], dict[str, object]]] = [
    (Text, {"max_length": 0}),
    (Text, {"max_length": -1}),
    (Text, {"max_length": True}),
    (Text, {"max_length": 10**9}),
    (LongText, {"max_length": "9"}),
    (Integer, {"minimum": 5, "maximum": 4}),
    (Integer, {"maximum": 2**63}),
    (Integer, {"minimum": 0.5}),
    (DecimalKind, {"digits": -1}),
    (DecimalKind, {"digits": 19}),
    (DecimalKind, {"digits": 10**9}),
    (DecimalKind, {"digits": True}),
    (DecimalKind, {"minimum": 2, "maximum": 1}),
    (DecimalKind, {"maximum": Decimal("NaN")}),
    (DecimalKind, {"maximum": Decimal("1E+300000")}),
    (Percent, {"minimum": 101}),
    (MoneyKind, {"currency": "RMB"}),
    (MoneyKind, {"currency": "cny"}),
    (MoneyKind, {"digits": 19}),
    (DateTime, {"zone": "Mars/Base"}),
    (DateTime, {"zone": "../x"}),
    (Phone, {"region": "China"}),
    (Postcode, {"region": "cn"}),
]


@pytest.mark.parametrize(("kind", "parameters"), BAD, ids=str)
def test_a_kind_that_makes_no_sense_is_refused(
    kind: type[Kind], parameters: dict[str, object]
) -> None:
    with pytest.raises(SchemaError) as caught:
        kind(**parameters)
    assert caught.value.code == "kind_parameter"
    assert kind.name in caught.value.message("en")
    assert caught.value.message("zh") != "kind_parameter"


def test_limits_may_be_written_as_numbers_or_texts() -> None:
    assert DecimalKind(minimum=1, maximum="2.5") == DecimalKind(
        minimum=Decimal(1), maximum=Decimal("2.5")
    )
    with pytest.raises(Invalid):
        DecimalKind(minimum="low")


def test_one_text_is_a_label_in_its_own_language() -> None:
    assert labels("客户名称") == Labels(zh="客户名称")
    assert labels(" Name ") == Labels(en="Name")
    assert labels(None) == Labels()
    assert Labels("客户").shown("en", "account") == "客户"
    assert Labels().shown("zh", "account") == "account"
    with pytest.raises(TypeError):
        Labels("客户", synonyms="公司")


def test_a_new_label_keeps_the_former_ones_as_synonyms() -> None:
    old = Labels("客户", "Customer", ("公司",))
    new = old.renamed(Labels("商户", "Customer"))
    assert new == Labels("商户", "Customer", ("客户", "公司"))
    assert new.renamed(old).zh == "客户"
    assert new.renamed(old).all() == ("客户", "Customer", "公司", "商户")


def test_a_synonym_says_what_no_label_says() -> None:
    said = Labels("客户", "Account", (" 客户", "Account", "公司", "公司", ""))
    assert said.synonyms == ("公司",)
    assert said.all() == ("客户", "Account", "公司")
    assert said.renamed(Labels("公司")).all() == ("公司", "客户", "Account")
