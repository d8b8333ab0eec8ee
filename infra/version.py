"""The version of Décompte, for the package, the API and the logs alike."""

__version__ = "0.1.0"
