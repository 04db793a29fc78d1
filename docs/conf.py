"""How Sphinx builds the site: `make docs`. Nothing is fetched from anywhere, neither now nor by those who read it."""

import sys
from pathlib import Path

from photochrom import __version__

sys.path.insert(0, str(Path(__file__).resolve().parent / "_ext"))

project = "photochrom"
author = "The photochrom authors"
project_copyright = "the photochrom authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "plain_docstrings"]
exclude_patterns = ["_build", "runs/**", "studies/**", "images/**"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
add_module_names = False

html_theme = "furo"
html_title = f"photochrom {__version__}"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "monokai"
