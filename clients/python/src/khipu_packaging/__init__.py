"""A client of packagingd, which turns narrated books into the packages that platforms accept.

`Client` is for asyncio, `khipu_packaging.sync.Client` for other programs. The values of requests and replies are in
`khipu_packaging.models`, the exceptions in `khipu_packaging.errors`.
"""

from . import errors, models
from .address import Address
from .book import BookError, BookProblem, read_book
from .client import Client
from .download import DownloadedPackage
from .errors import Code, PackagingError
from .health import Health, HealthStatus
from .importing import ImportedBook, RefusedAudio
from .tokens import TokenSource, token_from_file

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
    "TokenSource",
    "errors",
    "models",
    "read_book",
    "token_from_file",
]
