from .page import Page, make_page

__all__ = ["Page", "make_page"]
