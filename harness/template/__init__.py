"""The user's CloudFormation or SAM template: the manifest of an implementation.

``load`` reads it into data, by logical id. Routes and rules tell the roles: which function takes
commands, which answers queries, and which ones project.
"""

from harness.template.describe.chains import Cast, Way, cast, ways
from harness.template.describe.dead_ends import dead_ends, refuse_dead_ends
from harness.template.describe.expiry import is_over
from harness.template.describe.feeds import (
    Destination,
    Notification,
    PipeFeed,
    QueueFeed,
    RecordFeed,
    ShardFeed,
    StreamFeed,
    Subscription,
)
from harness.template.describe.invoke_permissions import refuse_unreached
from harness.template.describe.messaging import refuse_pattern
from harness.template.describe.model import (
    Code,
    Function,
    InlineCode,
    RemoteCode,
    Route,
    Rule,
    Target,
    Template,
)
from harness.template.describe.relays import refuse_relays
from harness.template.describe.roles import commands_function, projection_functions, query_function
from harness.template.describe.route_matching import named, route
from harness.template.loading import load
from harness.template.read.errors import (
    CodeMissing,
    HandlerMissing,
    NeverInvoked,
    NotATemplate,
    NothingArrives,
    PackageUnsupported,
    ParameterInvalid,
    RelayUnsupported,
    RoleNotFound,
    RuleInvalid,
    SettingsInvalid,
    TemplateError,
    TemplateNotFound,
    TemplateUnreadable,
    TranslationFailed,
)
from harness.template.read.settings import Settings

__all__ = [
    "Cast",
    "Code",
    "CodeMissing",
    "Destination",
    "Function",
    "HandlerMissing",
    "InlineCode",
    "NeverInvoked",
    "NotATemplate",
    "NothingArrives",
    "Notification",
    "PackageUnsupported",
    "ParameterInvalid",
    "PipeFeed",
    "QueueFeed",
    "RecordFeed",
    "RelayUnsupported",
    "RemoteCode",
    "RoleNotFound",
    "Route",
    "Rule",
    "RuleInvalid",
    "Settings",
    "SettingsInvalid",
    "ShardFeed",
    "StreamFeed",
    "Subscription",
    "Target",
    "Template",
    "TemplateError",
    "TemplateNotFound",
    "TemplateUnreadable",
    "TranslationFailed",
    "Way",
    "cast",
    "commands_function",
    "dead_ends",
    "is_over",
    "load",
    "named",
    "projection_functions",
    "query_function",
    "refuse_dead_ends",
    "refuse_pattern",
    "refuse_relays",
    "refuse_unreached",
    "route",
    "ways",
]
