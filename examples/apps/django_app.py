"""A Django application that keeps its customers here: python django_app.py

Settings, model and views stand in this one file. Invoices are a model of the application,
accounts are records of the workspace, and both are written in one `transaction.atomic()`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django
from django.apps import AppConfig
from django.conf import settings

BACKENDS = {"sqlite": "django.db.backends.sqlite3", "postgresql": "django.db.backends.postgresql"}


def configure(url: str) -> None:
    """Set Django up on the database at a SQLAlchemy URL, once per process."""
    from sqlalchemy import make_url

    found = make_url(url)
    settings.configure(
        SECRET_KEY="an example",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[f"{__name__}.Shop"],
        MIDDLEWARE=[],
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": BACKENDS[found.get_backend_name()],
                "NAME": found.database,
                "USER": found.username or "",
                "PASSWORD": found.password or "",
                "HOST": found.host or found.query.get("host", ""),
                "PORT": found.port or "",
            }
        },
    )
    sys.modules.setdefault(__name__, sys.modules["__main__"])
    django.setup()
    _define(url)


class Shop(AppConfig):
    """The application."""

    name = __name__
    label = "shop"
    path = os.path.dirname(os.path.abspath(__file__))


def _define(url: str) -> None:
    """What Django can only make when it is set up: the model, and the workspace beside it."""
    from django.db import connection, models
    from sqlalchemy import create_engine

    from crmcore import open_workspace
    from crmcore.schema.standard import standard_schema

    class Invoice(models.Model):
        """A model of the application; `account` is the id of a record of the workspace."""

        number = models.CharField(max_length=20, unique=True)
        account = models.CharField(max_length=32)

        class Meta:
            app_label = "shop"

    with connection.schema_editor() as editor:
        editor.create_model(Invoice)
    globals()["Invoice"] = Invoice
    # An engine of its own on the same database: for reading, and for its own tables.
    globals()["crm"] = open_workspace(create_engine(url), create=True, schema=standard_schema())


def invoices(request: Any) -> Any:
    """Make an invoice together with the account that it is for, or list them."""
    from django.db import connection, transaction
    from django.http import JsonResponse

    from crmcore import CrmError

    crm, invoice = globals()["crm"], globals()["Invoice"]
    if request.method == "GET":
        return JsonResponse({"invoices": list(invoice.objects.values_list("number", flat=True))})
    wanted = json.loads(request.body)
    try:
        with transaction.atomic():
            with crm.work(join=connection) as work:
                values = {"name": wanted["customer"], "phone": wanted["phone"]}
                account = work.upsert("account", {"code": wanted["code"]}, values)
            invoice.objects.create(number=wanted["number"], account=account.id)
    except CrmError as error:
        return JsonResponse(error.to_dict("zh"), status=error.http_status)
    return JsonResponse({"account": account.id}, status=201)


def _urls() -> list[Any]:
    from django.urls import path

    return [path("invoices", invoices)]


urlpatterns = _urls()


def main() -> None:
    """One invoice, in one file."""
    configure("sqlite:///django.db")
    from django.test import Client

    wanted = {"number": "R-1", "code": "A1", "customer": "甲公司", "phone": "138 0013 8000"}
    answer = Client().post("/invoices", wanted, content_type="application/json")
    print(answer.status_code, answer.json())


if __name__ == "__main__":
    main()
