"""A sales ledger: one line an invoice line, the same at every run."""

from __future__ import annotations

import csv
import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

HEADER = ["date", "invoice", "customer", "region", "product", "units", "unit_price_gbp", "discount_percent", "net_gbp"]
PRODUCTS = {
    "AquaWatch 3": (Decimal("412.00"), 240),
    "AquaWatch 5": (Decimal("968.00"), 90),
    "FlowLog": (Decimal("286.00"), 160),
    "Service plan": (Decimal("195.00"), 120),
    "Replacement electrode": (Decimal("58.50"), 300),
}
CUSTOMERS = {
    "Lindmere Water": "North",
    "Town of Pellworth": "North",
    "Harrow Canals Trust": "North",
    "Oxmoor Breweries": "South",
    "Castle Dairy": "South",
    "Seldon Paper Mill": "South",
    "Fjordvann AS": "Export",
    "Hydrolab Groningen": "Export",
    "Eaux de la Vire": "Export",
}
DISCOUNTS = (0, 0, 0, 5, 5, 10)
FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 8, 31)
LINES = 208


def ledger() -> list[dict[str, str]]:
    """The lines in the order of their dates; ``net_gbp`` is units times price less the discount, to the penny."""
    chance = random.Random(20260831)  # noqa: S311 - an invented ledger, not a secret
    days = [FIRST + dt.timedelta(n) for n in range((LAST - FIRST).days + 1)]
    working_days = [day for day in days if day.weekday() < 5]
    dates = sorted(working_days[chance.randrange(len(working_days))] for _ in range(LINES))
    lines = []
    for number, day in enumerate(dates, start=1):
        product = list(PRODUCTS)[chance.randrange(len(PRODUCTS))]
        customer = list(CUSTOMERS)[chance.randrange(len(CUSTOMERS))]
        price, most = PRODUCTS[product]
        units = 1 + chance.randrange(most)
        discount = DISCOUNTS[chance.randrange(len(DISCOUNTS))]
        net = (price * units * (100 - discount) / 100).quantize(Decimal("0.01"))
        cells = [day, f"26-{number:04}", customer, CUSTOMERS[customer], product, units, price, discount, net]
        lines.append(dict(zip(HEADER, map(str, cells), strict=True)))
    return lines


def facts(lines: list[dict[str, str]]) -> dict[str, str]:
    """The totals the minutes quote, as written there."""
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line["product"]] = totals.get(line["product"], Decimal(0)) + Decimal(line["net_gbp"])
    top = max(totals, key=lambda product: totals[product])
    return {
        "net_sales": f"£{sum(totals.values()):,.2f}",
        "top_product": f"the {top}",
        "top_product_sales": f"£{totals[top]:,.2f}",
    }


def write(path: Path, lines: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
