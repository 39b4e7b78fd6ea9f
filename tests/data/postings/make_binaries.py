"""Build the postings that are not plain text: DOCX, PDF and oddly encoded text.

Run it from anywhere with a Python that has python-docx, typst and Pillow;
Chromium is taken from $CHROMIUM or /usr/bin/chromium:

    python tests/data/postings/make_binaries.py [name ...]

Without names every file is built. The results are kept beside this script,
so it has to be run only after a text in it has been changed.
"""

# ruff: noqa: E501 - the lines of the text posting are as long as they are

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FIXED_TIME = datetime.datetime(2025, 1, 15, 9, 0, 0)

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


# --------------------------------------------------------------------- text

FRENCH = """\
Chargé de communication (H/F)
Association Les Sentiers du Causse – Millau

Depuis vingt ans, notre association entretient 640 kilomètres de chemins de randonnée avec une poignée de salariés et beaucoup de bénévoles. Le nombre de marcheurs a doublé en trois étés, et nos moyens de les informer datent d’une autre époque : un dépliant, un site vieillissant et un répondeur. Nous créons donc un poste à plein temps.

Vos missions
------------
• Rédiger la lettre mensuelle et animer les réseaux sociaux
• Refondre le site avec une agence de la région
• Préparer les dossiers de presse et accueillir les journalistes
• Former les bénévoles à la prise de vue sur les chantiers

Votre profil
------------
• Bac+3 en communication ou parcours équivalent
• Une expérience de deux à quatre ans dans un poste semblable
• Une plume sûre et une orthographe irréprochable
• Le permis B et de bonnes chaussures

Ce serait un plus
-----------------
• La pratique de l’occitan ou de l’anglais
• Des notions de cartographie numérique

Notre raison d’être
-------------------
Nous voulons que chacun, quel que soit son âge ou son pas, puisse traverser le causse à pied. Un chemin que l’on n’emprunte plus disparaît en sept ans.

Ce que nous offrons
-------------------
• 2 150 à 2 400 € brut par mois selon l’expérience
• Des titres-restaurant et une mutuelle prise en charge à 70 %
• Cinq semaines de congés et un vendredi sur deux libéré

Pour postuler
-------------
Envoyez votre CV et un texte d’une page sur un chemin que vous aimez à emploi@sentiers-causse.example. Toutes les candidatures seront examinées avec la même attention. Vos données sont conservées un an au plus.
"""

UTF16 = """\
Data Analyst – Bus Punctuality
Severnside Transit, Gloucester (two days a week in the depot)

Our buses report where they are every twelve seconds, and until now nobody has had the time to ask them anything. A new contract with the county pays us by punctuality, so the question has become urgent. You’ll be our first analyst.

What you’ll do
• Turn four years of position data into tables that planners trust
• Publish a weekly page on late departures, route by route
• Test whether a change of timetable did what it promised
• Sit with drivers and learn what the data cannot say

You’ll have
• 2–4 years’ experience as an analyst, in any trade
• Good SQL, and either Python or R
• A habit of checking a figure before you send it
• The skill of explaining a median to a tired depot manager

Nice extras
• You have used PostGIS or another spatial database
• You’ve handled GTFS or SIRI feeds

Who we are
Severnside is owned by its 380 employees. We run 61 routes, and we think that a village with a bus is a village with a future.

What’s in it for you
• £34,000–£38,000 and a free pass for you and a friend
• A share of the yearly surplus, equal for everybody
• 25 days’ holiday and your choice of laptop

The small print
We’re happy to talk about part-time work. Disabled applicants who meet the basic requirements are offered an interview. See our privacy notice for how long we keep your details.
"""


def make_text() -> None:
    french = FRENCH.replace("\n", "\r\n").encode("cp1252")
    (HERE / "fr-communication.txt").write_bytes(french)
    utf16 = b"\xff\xfe" + UTF16.replace("\n", "\r\n").encode("utf-16-le")
    (HERE / "data-analyst-utf16.txt").write_bytes(utf16)


# --------------------------------------------------------------------- docx


def new_document(title: str):
    import docx

    document = docx.Document()
    core = document.core_properties
    core.author = ""
    core.title = title
    core.comments = ""
    core.created = core.modified = FIXED_TIME
    return document


def make_archive_trainee() -> None:
    d = new_document("Graduate Trainee Archivist")
    d.add_heading("Graduate Trainee Archivist", 0)
    d.add_paragraph("The Weavers' Record Trust, Todmorden")
    d.add_paragraph(
        "In the cellar of our mill stand 1,900 boxes of letters, pattern books and wage sheets "
        "that nobody has opened since the looms stopped. A grant lets us catalogue a third of "
        "them in the coming year, and the trainee will have a hand in every one. This is a "
        "fixed-term post of twelve months for somebody who wants to find out whether archives "
        "are for them."
    )
    d.add_heading("What your year will look like", 1)
    for text in (
        "Clean, number and repack documents under supervision",
        "Write catalogue entries and have them checked by the archivist",
        "Fetch boxes for readers and explain the rules of the search room",
        "Scan glass negatives and name the files properly",
        "Help with two school visits each month",
    ):
        d.add_paragraph(text, style="List Bullet")
    d.add_heading("What we hope to find in you", 1)
    for text in (
        "A degree in any subject, finished within the last three years",
        "Legible handwriting and patience with that of others",
        "No fear of dust, stairs or the silence of a cellar",
    ):
        d.add_paragraph(text, style="List Bullet")
    d.add_heading("Welcome, but by no means a must", 2)
    for text in (
        "A little Latin or an evening course in palaeography",
        "Time spent as a volunteer in a museum or library",
    ):
        d.add_paragraph(text, style="List Bullet")
    d.add_heading("The Trust and its purpose", 1)
    d.add_paragraph(
        "The Trust was set up by the last two hundred workers of the mill. They wanted their "
        "grandchildren to be able to read what was really paid and what was really said."
    )
    d.add_heading("Terms", 1)
    for text in (
        "£23,400 for the year and a travel card for the valley line",
        "One day a week for your own study",
        "Help with applying to a postgraduate course",
    ):
        d.add_paragraph(text, style="List Number")
    d.add_heading("Applications", 1)
    d.add_paragraph(
        "Please fill in our form and add the names of two referees. You will report to the "
        "Senior Archivist. The Trust treats all applicants alike, and the building has a lift."
    )
    d.save(HERE / "archive-trainee.docx")


def xml(text: str):
    from docx.oxml import parse_xml

    return parse_xml(text)


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def make_fleet_planner() -> None:
    d = new_document("Fleet Planner")
    d.add_heading("Fleet Planner", 1)

    facts = d.add_table(rows=0, cols=2)
    for left, right in (
        ("Employer", "Hobbins Parcel Co-operative"),
        ("Location", "Stoke-on-Trent"),
        ("Contract", "Permanent, 39 hours a week"),
        ("Salary", "£30,500 to £33,000"),
    ):
        cells = facts.add_row().cells
        cells[0].text, cells[1].text = left, right

    d.add_paragraph(
        "Half of our vans run on electricity by now, and the plans are still made as though "
        "they did not. Drivers come back with four miles to spare. We are looking for a planner "
        "who can make the routes fit the batteries."
    )

    d.add_heading("Duties", 2)
    # A tracked insertion and a tracked deletion inside one bullet.
    bullet = d.add_paragraph(style="List Bullet")
    p = bullet._p
    p.append(xml(f"<w:r {NAMESPACES}><w:t xml:space='preserve'>Plan the daily routes of </w:t></w:r>"))
    p.append(
        xml(
            f'<w:del {NAMESPACES} w:id="11" w:author="Office" w:date="2025-01-10T10:00:00Z">'
            '<w:r><w:delText xml:space="preserve">thirty diesel lorries out of Crewe</w:delText></w:r>'
            "</w:del>"
        )
    )
    p.append(
        xml(
            f'<w:ins {NAMESPACES} w:id="12" w:author="Office" w:date="2025-01-10T10:00:00Z">'
            + run("eighty-four vans, half of them electric")
            + "</w:ins>"
        )
    )
    d.add_paragraph("Book the chargers so that no van waits for another", style="List Bullet")
    # A whole bullet that was inserted with tracking switched on.
    p = d.add_paragraph(style="List Bullet")._p
    p.append(
        xml(
            f'<w:ins {NAMESPACES} w:id="13" w:author="Office" w:date="2025-01-10T10:01:00Z">'
            + run("Call drivers back when a road is closed")
            + "</w:ins>"
        )
    )
    # A bullet inside a block content control.
    body = d.element.body
    body.insert(
        len(body) - 1,
        xml(
            f"<w:sdt {NAMESPACES}><w:sdtPr><w:alias w:val='Duty'/><w:id w:val='77120'/></w:sdtPr>"
            '<w:sdtContent><w:p><w:pPr><w:pStyle w:val="ListBullet"/></w:pPr>'
            + run("Report empty miles to the members every quarter")
            + "</w:p></w:sdtContent></w:sdt>"
        ),
    )

    d.add_heading("Person specification", 2)
    spec = d.add_table(rows=2, cols=2)
    spec.style = "Table Grid"
    spec.rows[0].cells[0].text = "Essential"
    spec.rows[0].cells[1].text = "Desirable"
    for cell, lines in zip(
        spec.rows[1].cells,
        (
            (
                "Three years in transport planning or dispatch",
                "Good geography of the Midlands without a screen",
                "Confidence with routing software",
            ),
            (
                "A transport manager's certificate of competence",
                "Experience with electric vehicles of any kind",
            ),
        ),
        strict=True,
    ):
        cell.paragraphs[0].text = lines[0]
        for line in lines[1:]:
            cell.add_paragraph(line)

    d.add_heading("What we give back", 2)
    # A run inside an inline content control in the middle of a sentence.
    p = d.add_paragraph()._p
    p.append(xml(f"<w:r {NAMESPACES}><w:t xml:space='preserve'>You receive </w:t></w:r>"))
    p.append(
        xml(
            f"<w:sdt {NAMESPACES}><w:sdtPr><w:id w:val='77121'/></w:sdtPr><w:sdtContent>"
            + run("twenty-eight days of holiday")
            + "</w:sdtContent></w:sdt>"
        )
    )
    p.append(xml(f"<w:r {NAMESPACES}><w:t xml:space='preserve'> and a share of the yearly surplus.</w:t></w:r>"))

    d.add_heading("How we treat each other", 2)
    d.add_paragraph(
        "Every member has one vote, from the sorting belt to the office. We talk about "
        "problems with the person who can solve them."
    )

    # A text box, saved as Word does it: a modern shape and an older fallback
    # that hold the same words.
    inner = "<w:p>" + run("Closing date: we read applications as they come and close without warning.") + "</w:p>"
    d.add_heading("Applying", 2)
    d.add_paragraph("Telephone the planning office for a chat, or send a CV by post or e-mail.")
    p = d.add_paragraph()._p
    p.append(
        xml(
            f"<w:r {NAMESPACES}><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>"
            '<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="4000000" cy="600000"/>'
            '<wp:docPr id="5" name="Text Box 5"/><a:graphic>'
            '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
            '<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/>'
            '<a:ext cx="4000000" cy="600000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
            f"</wps:spPr><wps:txbx><w:txbxContent>{inner}</w:txbxContent></wps:txbx>"
            "<wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
            '<mc:Fallback><w:pict><v:shape style="width:315pt;height:47pt"><v:textbox>'
            f"<w:txbxContent>{inner}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )
    )
    d.save(HERE / "fleet-planner.docx")


# ---------------------------------------------------------------------- pdf

HOTEL = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Events Coordinator</title>
<style>
@page { size: A4; margin: 22mm }
body { font: 11.5pt/1.45 "DejaVu Serif", serif }
h1 { font-size: 20pt; margin: 0 } h2 { font-size: 13.5pt; margin: 16pt 0 4pt }
li { margin: 3pt 0 }
</style></head><body>
<h1>Events Coordinator</h1>
<p><i>Stainmoor Hall Hotel, Appleby</i></p>
<p>Last year we hosted 118 weddings, wakes, conferences and one chess tournament. Our guests praise
the food and the view; what they complain about is that they tell their wishes to one person and meet
another on the day. From this season each event stays with one coordinator from the first call to the
last taxi, and we are adding two coordinators to make that possible.</p>
<h2>What will land on your desk</h2>
<ul>
<li>Answer enquiries within a day and show couples and companies round the house</li>
<li>Draw up offers, contracts and the running order for each event, and keep all three in step with
one another when the guest list changes for the fourth time</li>
<li>Be present on the day from the first delivery until the music stops</li>
<li>Brief kitchen, bar and housekeeping every Tuesday</li>
<li>Settle the final invoice and ask for an honest opinion afterwards</li>
<li>Keep the banqueting folder and the price list up to date</li>
</ul>
<h2>What we look for</h2>
<ul>
<li>Around three years in hotels, catering or event agencies</li>
<li>A cool head when the florist is late and the bride&#8217;s uncle is early</li>
<li>Faultless written English and tidy figures</li>
<li>Willingness to work most Saturdays between May and September</li>
<li>A driving licence, since the last bus leaves at twenty to six</li>
</ul>
<h2>Would make us smile</h2>
<ul>
<li>A second language, with Dutch being the most useful</li>
<li>Knowledge of table plans in Opera or a similar hotel system</li>
<li>A personal licence for the sale of alcohol</li>
</ul>
<h2>The house and what it is for</h2>
<p>Stainmoor Hall was a fever hospital, then a school, and for the last thirty years it has been a
hotel run by the Ridsdale family. The Ridsdales keep it because they hold that a valley needs a roof
under which everybody can celebrate, whatever they earn. Four days in each year are given free of charge
to local clubs.</p>
<h2>The way we do things</h2>
<p>We greet each other by name. We eat together at four, guests or no guests. Whoever makes a promise to a guest
writes it on the board, and whoever reads the board keeps it. Nobody is asked to stay behind without
being thanked and paid.</p>
<h2>What you can count on</h2>
<ul>
<li>&#163;27,500 a year, and time and a half on bank holidays</li>
<li>A room in the staff cottage for &#163;45 a week if you would like one</li>
<li>Two weekends off in every month, fixed at New Year</li>
<li>Half price in the restaurant for you and up to five friends</li>
</ul>
<h2>Notes for applicants</h2>
<p>Send a short letter and a CV to Mr Ridsdale, together with the earliest date on which you could start.
We hold two rounds of talks, the second of them over lunch. Stainmoor Hall is open to applicants of any
age, faith, origin or ability, and we keep the papers of unsuccessful applicants for four months.</p>
</body></html>
"""

GRANTS = r"""
#set document(title: "Director of Grants", date: datetime(year: 2025, month: 1, day: 15))
#set page(paper: "a4", columns: 2, margin: 18mm)
#set text(size: 12pt, lang: "en", hyphenate: true)
#set par(justify: true)
#show heading: set block(above: 1.2em, below: 0.6em)

#place(top, scope: "parent", float: true)[
  #text(size: 20pt, weight: "bold")[Director of Grants]

  The Halloran-Pike Foundation, Bristol
]

The Foundation gives away nine million pounds a year, and it does so in the manner of 1985. Applications
arrive on paper, committees meet four times a year, and a food bank that needs a freezer in July receives an
answer in November. The trustees have read what grantees say about us. They have asked for a different
foundation within three years, and they know that it will not be comfortable.

The new Director inherits eleven devoted colleagues, two of whom have applied for this post, and a waiting
list of nine hundred unanswered letters. Whoever takes this on must win the confidence of both.

= The job in outline

- Redesign grant-making from the first enquiry to the final report
- Lead and restructure a department of eleven with responsibility for its budget
- Introduce multi-year, unrestricted funding where the trustees agree to it
- Clear the waiting list without disappointing the people on it more than necessary
- Advise the board on risk, reputation and the limits of our knowledge

= What you need to convince us

- Substantial leadership experience in philanthropy, government or a large charity
- Evidence of having transformed an institution that was fond of its habits
- An understanding of charity law and responsible investment
- Unpretentious, persuasive writing

= Not required, though appreciated

- First-hand experience of applying for grants
- Familiarity with participatory decision-making

= Why the Foundation was established

Margaret Halloran-Pike made her fortune with weatherproof clothing and believed that nobody should be cold
indoors. Her endowment exists to make neighbourhoods warmer, in both senses of the word.

= Principles we hold ourselves to

Trust before paperwork. We apologise when we are slow. We decline quickly and explain ourselves
comprehensively.

= Remuneration

- £88,000 with an annual cost-of-living adjustment
- Fifteen per cent employer contribution to your retirement fund
- Compressed or part-time working by arrangement

= Recruitment timetable and legal information

Applications close at midday on the first Monday of March. Preliminary conversations take place
online. Information that you provide is processed confidentially and deleted after twelve months. The
Foundation particularly encourages candidates from underrepresented communities.
"""

SCAN = (
    "BEEKEEPER'S ASSISTANT",
    "",
    "Heatherby Honey Farm is looking for",
    "a seasonal assistant from April to",
    "September. You will help with the",
    "hives, the extraction room and the",
    "farm shop. No experience needed.",
    "",
    "Please call at the farm to apply.",
)


def print_to_pdf(page: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "page.html"
        source.write_text(page, encoding="utf-8")
        subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-pdf-header-footer",
                f"--user-data-dir={work}/profile",
                f"--print-to-pdf={out}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def make_hotel() -> None:
    print_to_pdf(HOTEL, HERE / "hotel-events.pdf")


def make_grants() -> None:
    import typst

    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "grants.typ"
        source.write_text(GRANTS, encoding="utf-8")
        typst.compile(str(source), output=str(HERE / "grants-director.pdf"))


def make_scan() -> None:
    """A page that is nothing but a picture: there is no text to be read."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (827, 1169), 255)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=34)
    for number, line in enumerate(SCAN):
        draw.text((90, 120 + 62 * number), line, fill=30, font=font)
    picture = picture.rotate(0.7, fillcolor=245, resample=Image.Resampling.BICUBIC)
    picture.save(HERE / "scanned-posting.pdf", "PDF", resolution=100.0)


MAKERS = {
    "text": make_text,
    "archive-trainee": make_archive_trainee,
    "fleet-planner": make_fleet_planner,
    "hotel-events": make_hotel,
    "grants-director": make_grants,
    "scanned-posting": make_scan,
}


def main(names: list[str]) -> None:
    for name in names or MAKERS:
        MAKERS[name]()
        print("made", name)


if __name__ == "__main__":
    main(sys.argv[1:])
