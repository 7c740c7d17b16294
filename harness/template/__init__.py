"""The user's CloudFormation or SAM template: the manifest of an implementation.

``load`` reads it; what it gives is data, by logical id. The roles (which function takes
commands, which answers queries, which project) are read from routes and rules.
"""

from harness.template.errors import (
    CodeMissing,
    HandlerMissing,
    NotATemplate,
    PackageUnsupported,
    ParameterInvalid,
    RelayUnsupported,
    RoleNotFound,
    SettingsInvalid,
    TemplateError,
    TemplateNotFound,
    TemplateUnreadable,
    TranslationFailed,
)
from harness.template.loading import load
from harness.template.matching import route
from harness.template.model import (
    Code,
    Function,
    InlineCode,
    QueueFeed,
    RemoteCode,
    Route,
    Rule,
    Settings,
    Target,
    Template,
)
from harness.template.relays import refuse_relays
from harness.template.roles import commands_function, projection_functions, query_function

__all__ = [
    "Code",
    "CodeMissing",
    "Function",
    "HandlerMissing",
    "InlineCode",
    "NotATemplate",
    "PackageUnsupported",
    "ParameterInvalid",
    "QueueFeed",
    "RelayUnsupported",
    "RemoteCode",
    "RoleNotFound",
    "Route",
    "Rule",
    "Settings",
    "SettingsInvalid",
    "Target",
    "Template",
    "TemplateError",
    "TemplateNotFound",
    "TemplateUnreadable",
    "TranslationFailed",
    "commands_function",
    "load",
    "projection_functions",
    "query_function",
    "refuse_relays",
    "route",
]
