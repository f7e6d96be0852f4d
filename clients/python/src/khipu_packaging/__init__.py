"""A client of packagingd, which turns narrated books into the packages that audiobook stores accept.

`Client` is for asyncio, `khipu_packaging.sync.Client` for everything else; what goes in and comes out is in
`khipu_packaging.models`, what goes wrong in `khipu_packaging.errors`.
"""

from . import errors, models
from .address import Address
from .book import BookError, BookProblem, read_book
from .client import Client
from .download import DownloadedPackage
from .errors import Code, PackagingError
from .health import Health, HealthStatus
from .importing import ImportedBook, RefusedAudio

__all__ = [
    "Address",
    "BookError",
    "BookProblem",
    "Client",
    "Code",
    "DownloadedPackage",
    "Health",
    "HealthStatus",
    "ImportedBook",
    "PackagingError",
    "RefusedAudio",
    "errors",
    "models",
    "read_book",
]
