import json, nbformat
from pathlib import Path
import pytest
from test_browser import lab, notebook_page  # noqa
from test_portfolio import report
from prepkit.resources import workbook
pytestmark = pytest.mark.browser
def test_lab(lab, browser):
    report(lab.search)
    nb = nbformat.read(workbook("portfolio.ipynb"), 4)
    nb.cells[2].source = nb.cells[2].source.replace('""', '"."')
    nbformat.write(nb, lab.search.path / "portfolio.ipynb")
    with notebook_page(lab, browser, "portfolio.ipynb") as (page, panel):
        page.wait_for_timeout(1500)
        ask="""()=>[...document.querySelectorAll('style')].filter(s=>s.textContent.includes('.prepkit')).map(s=>[s.textContent.length, s.textContent.includes('.portfolio'), s.closest('.jp-OutputArea')!==null, s.isConnected])"""
        print(page.evaluate(ask))
        page.set_viewport_size({"width":1400,"height":2600})
        page.wait_for_timeout(1500)
        print(page.evaluate(ask))
        print(page.evaluate("()=>{const c=document.querySelector('.portfolio .cell'); return c? [getComputedStyle(c).width, getComputedStyle(c).backgroundColor, c.outerHTML, c.closest('.portfolio').className]:null}"))
        print(page.evaluate("()=>[...document.querySelectorAll('style')].filter(s=>s.textContent.includes('.portfolio')).map(s=>[s.sheet && s.sheet.cssRules.length, s.sheet.disabled, s.textContent.slice(-300)])"))
