"""What tests of pages in a browser have in common."""

import numpy as np

MINUS = "\N{MINUS SIGN}"
PARTS = "#regions [data-player]"


def number(text):
    """Return the number that a page has written."""
    return float(text.replace(MINUS, "-").replace(",", ""))


def word(tab, name):
    return tab.locator("#caption button").get_by_text(name, exact=True)


def opacities(tab):
    return [
        float(x)
        for x in tab.locator(PARTS).evaluate_all(
            "paths => paths.map(path => path.style.fillOpacity)"
        )
    ]


def strengths(tab):
    return [
        float(x.rstrip("%"))
        for x in tab.locator("#caption button").evaluate_all(
            "words => words.map(word => word.style.getPropertyValue('--strength'))"
        )
    ]


def signs(tab, selector):
    return tab.locator(selector).evaluate_all(
        "all => all.map(one => one.classList.contains('raises') - one.classList.contains('lowers'))"
    )


def table(tab):
    return tab.locator("#rows tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def pairs_with(values, player):
    return np.array([values[(patch, player)] for patch in range(9)])
