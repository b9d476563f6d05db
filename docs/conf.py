"""How ``make site`` makes a site of the documents: Sphinx, which reads them as they are (MyST)."""

from __future__ import annotations

project = "gatewise"
author = "the gatewise authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["screens"]
html_theme = "alabaster"
html_theme_options = {
    "description": "What is each gate of a recurrent network worth?",
    "fixed_sidebar": True,
    "page_width": "1200px",
    "code_font_size": "0.8em",
}
html_show_copyright = False
html_show_sourcelink = False
# Where a document leads out of the folder it leads to a file of the repository, which has no page.
suppress_warnings = ["myst.xref_missing", "myst.header"]
