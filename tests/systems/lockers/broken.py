"""Faults of the lockers, by the chain that carries their events."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

STREAM, PUBLISHER, RECORDS = "app/stream_projection.py", "app/publisher.py", "app/records.py"
BUS, VIEWS, QUEUE = "app/bus_projection.py", "app/views.py", "app/queue_projection.py"
TOPIC, OBJECTS = "app/topic_publisher.py", "app/object_projection.py"
QUEUE_STORE, PIPED = "app/queue_store.py", "app/pipe_projection.py"
SHARDS, PUTTER = "app/shard_projection.py", "app/stream_publisher.py"
ENRICHMENT = "app/enrichment.py"
CROSSED = "app/crossed_projection.py"
NODE_PUBLISHER, NODE_FORWARDER = "node/publisher.js", "node/forwarder.js"
INVOKER, INVOKED = "app/invoker.py", "app/invoked_projection.py"
REPAIRED = "app/repaired_store.py"
OUTBOX, SWEEPER = "app/outbox_publisher.py", "app/sweeper.py"
INVOKED_HANDLER = "      Handler: invoked_projection.handler\n"
EVERY_VIEW = "API-02 PRJ-02 PRJ-03 PRJ-04 PRJ-05 PRJ-10 QRY-03"
REPORTS = ('            return {"batchItemFailures": [{"itemIdentifier": '
           'records.number_of(record)}]}\n')
PARTIAL = "            FunctionResponseTypes: [ReportBatchItemFailures]\n"

EVENTS_KEYS = """        - {AttributeName: locker, KeyType: HASH}
        - {AttributeName: seq, KeyType: RANGE}
"""
TRUSTING = Change(VIEWS, """    if before < seq - 1:
        raise TooEarlyError(f"event {seq} of {locker}")
""", "")
"""No gap is looked for: the carrier keeps the order."""

COUNTING = (
    Change(VIEWS, "    if before >= seq:\n        return\n", ""),
    TRUSTING,
    Change(VIEWS, '        view["parcel"] = event["data"]["parcel"]\n',
           '        view["parcel"] = view.get("parcel", "") + event["data"]["parcel"]\n'))
"""A parcel is counted with each event, whether that is known or not."""

BEHIND = (
    Change(VIEWS, ', ConsistentRead=True).get("Item")', ').get("Item")'),
    TRUSTING)
"""A stream keeps the order, so no gap is looked for; but the view is read as it may have been."""

BROKEN = {
    "lockers-stream": (
        fault("goes_on", "A record that failed is swallowed, and the handler goes on.",
              Change(STREAM, REPORTS, ""),
              fails="PRJ-07 PRJ-11", may_fail="PRJ-01 PRJ-05 QRY-02 QRY-03"),
        fault("first_record_only", "Only the first record of a batch is projected.",
              Change(STREAM, 'event["Records"]:', 'event["Records"][:1]:'),
              fails="PRJ-11"),
        fault("wrong_identifier", "The record after the one that failed is reported.",
              Change(STREAM, REPORTS, """            after = event["Records"].index(record) + 1
            if after == len(event["Records"]):
                raise
            number = records.number_of(event["Records"][after])
            return {"batchItemFailures": [{"itemIdentifier": number}]}
"""),
              fails="PRJ-11"),
        fault("event_id_reported", "A record is reported by its eventID, which is no number.",
              Change(RECORDS, '["dynamodb"]["SequenceNumber"]', '["eventID"]'),
              fails="PRJ-07 PRJ-11"),
        fault("reads_what_is_past", "A view is read as it may have been, and written as it is not.",
              *BEHIND, Change(VIEWS, "VIEWS.put_item(Item=view, ConditionExpression=condition, "
                                     "**values)", "VIEWS.put_item(Item=view)"),
              fails="PRJ-01"),
        fault("counts_again", "A repeated batch is projected once more.",
              Change(VIEWS, "    if before >= seq:\n        return\n", ""),
              TRUSTING,
              Change(VIEWS, '        view["parcel"] = event["data"]["parcel"]\n',
                     '        view["parcel"] = view.get("parcel", "") + event["data"]["parcel"]\n'),
              fails="PRJ-02", may_fail="PRJ-01 PRJ-04 PRJ-05 PRJ-07 PRJ-11"),
        fault("blocks_for_ever", "A record of an unknown kind fails again and again.",
              Change(VIEWS, '        print(f"passed over {kind} of {locker}")\n        return\n',
                     "        raise ValueError(kind)\n"),
              fails="PRJ-06", may_fail="PRJ-11"),
        fault("filters_a_kind", "The filter lets one kind of event pass no more.",
              Change("stream.yaml", PARTIAL, PARTIAL + "            FilterCriteria: {Filters: ["
                     """{Pattern: '{"dynamodb": {"NewImage": {"kind": {"S": """
                     """[{"anything-but": "FILLED"}]}}}}'}]}\n"""),
              fails="PRJ-01", may_fail="CMD-01 PRJ-10 QRY-03 API-02 PRJ-02 PRJ-04 PRJ-05"),
        fault("gives_up_at_once", "A batch that fails is given up, and nothing keeps it.",
              Change("stream.yaml", PARTIAL, PARTIAL + "            MaximumRetryAttempts: 0\n"),
              fails="PRJ-07"),
    ),
    "lockers-relay": (
        fault("takes_entry_for_published", "An entry that the bus has not taken is passed over.",
              Change(PUBLISHER, 'if answer["FailedEntryCount"]:', "if False:"),
              fails="RLY-03", may_fail="PRJ-01"),
        fault("publisher_goes_on", "A record that failed is swallowed, and the publisher goes on.",
              Change(PUBLISHER, REPORTS, ""),
              fails="RLY-02 RLY-03"),
        fault("publishes_first_only", "Only the first record of a batch is published.",
              Change(PUBLISHER, 'event["Records"]:', 'event["Records"][:1]:'),
              fails="RLY-04"),
        fault("publishes_all_at_once", "A batch goes to the bus in one request, which takes ten.",
              Change(PUBLISHER, """    for record in event["Records"]:
        try:
            publish(records.event_of(record))
        except Exception as error:
            print(f"failed: {error!r}")
"""
                     + REPORTS,
                     """    entries = [entry_of(records.event_of(each))
               for each in event["Records"]]
    taken = EVENTS.put_events(Entries=entries)["Entries"] if entries else []
    for record, each in zip(event["Records"], taken):
        if "ErrorCode" in each:
"""
                     + REPORTS),
              Change(PUBLISHER, "def publish(event):\n", "def entry_of(event):\n"),
              Change(PUBLISHER, "    answer = EVENTS.put_events(Entries=[{\n", "    return {\n"),
              Change(PUBLISHER, """os.environ["BUS"]}])
    if answer["FailedEntryCount"]:
        raise RuntimeError("the bus has not taken the event")
""", """os.environ["BUS"]}
"""),
              fails="RLY-04"),
        fault("leaves_kind_out", "The publisher knows one kind of event less.",
              Change(PUBLISHER, "            publish(records.event_of(record))\n",
                     """            told = records.event_of(record)
            if told["kind"] != "FILLED":
                publish(told)
"""),
              fails="RLY-01 PRJ-01", may_fail="PRJ-10 QRY-03 PRJ-02 PRJ-03 PRJ-04 PRJ-05 CMD-10"),
        fault("publisher_blocks_for_ever", "A record of an unknown kind fails again and again.",
              Change(PUBLISHER, "            publish(records.event_of(record))\n",
                     """            told = records.event_of(record)
            if told["kind"] not in ("INSTALLED", "FILLED", "EMPTIED", "REMOVED"):
                raise ValueError(told["kind"])
            publish(told)
"""),
              fails="RLY-05", may_fail="RLY-04"),
        fault("trusts_order", "An event that comes early is projected before its predecessors.",
              TRUSTING,
              fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
    ),
    "lockers-crossed": (
        fault("crossing_drops_a_kind", "The rule between the buses lets one kind pass no more.",
              Change("crossed.yaml", """      EventBusName: !Ref Bus
      EventPattern: {source: [lockers]}
""", """      EventBusName: !Ref Bus
      EventPattern: {source: [lockers], detail-type: [{anything-but: FILLED}]}
"""),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10"),
        fault("filter_of_the_wrapper", "The pipe's filter looks for the body in the message.",
              Change("crossed.yaml", '{"body": {"source": ["lockers"]}}',
                     '{"source": ["lockers"]}'),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10"),
        fault("takes_records", "A list of messages is taken for the event of a mapping.",
              Change(CROSSED, "in messages:", 'in messages["Records"]:'),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 PRJ-06 PRJ-07 PRJ-08 PRJ-11"),
        fault("piped_message_swallowed", "A message that failed is not reported.",
              Change(CROSSED, """            failed.append({"itemIdentifier": message["messageId"]})
""", ""),
              fails="PRJ-07", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08 PRJ-11"),
        fault("nobody_reads_the_report", "The pipe does not wait, so that no report is read.",
              Change("crossed.yaml", "REQUEST_RESPONSE", "FIRE_AND_FORGET"),
              fails="PRJ-03 PRJ-07", may_fail="PRJ-01 PRJ-04 PRJ-05 PRJ-08"),
        fault("first_message_only", "Only the first message of a batch is projected.",
              Change(CROSSED, "in messages:", "in messages[:1]:"),
              fails="PRJ-11"),
    ),
    "lockers-topic": (
        fault("not_unwrapped", "The document around a message is taken for the message.",
              Change(QUEUE, 'json.loads(body)["Message"]', "body"),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("policy_drops_a_kind", "The filter policy lets one kind of event pass no more.",
              Change("topic.yaml", "INSTALLED, FILLED, EMPTIED", "INSTALLED, EMPTIED"),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("may_not_publish", "The publisher's role allows another topic than the one it tells.",
              Change("topic.yaml", """              Action: sns:Publish
              Resource: !Ref Topic
""", """              Action: sns:Publish
              Resource: !Sub "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:another"
"""),
              fails="PRJ-01 RLY-01", may_fail=EVERY_VIEW),
        fault("ignores_failed_messages", "Messages that the topic has not taken are not reported.",
              Change(TOPIC, 'answer.get("Failed", [])', "()"),
              fails="RLY-03", may_fail="PRJ-01"),
        fault("swallows_message", "A message that failed is not reported, and so gone.",
              Change(QUEUE, '            failed.append({"itemIdentifier": record["messageId"]})\n',
                     ""),
              fails="PRJ-07 PRJ-11", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08"),
        fault("message_first_only", "Only the first message of a batch is projected.",
              Change(QUEUE, 'event["Records"]:', 'event["Records"][:1]:'),
              fails="PRJ-11"),
    ),
    "lockers-shards": (
        fault("ignores_failed_records", "Records that the stream has not taken are not reported.",
              Change(PUTTER, 'if "ErrorCode" in each]', "if False]"),
              fails="RLY-03", may_fail="PRJ-01"),
        fault("all_in_one_request", "Events of one locker are put at once, so that one overtakes.",
              Change(PUTTER, "        number = seen[locker] = seen.get(locker, -1) + 1\n",
                     "        number = 0\n"),
              fails="RLY-03 RLY-04", may_fail="PRJ-01"),
        fault("puts_in_parallel", "Records are put at once, so that one overtakes that has failed.",
              Change(PUTTER, """    for places in rounds(event["Records"]):
        entries = [entry(records.event_of(event["Records"][place])) for place in places]
        answer = KINESIS.put_records(StreamName=os.environ["STREAM"], Records=entries)
        failed = [place for place, each in zip(places, answer["Records"], strict=True)
                  if "ErrorCode" in each]
        if failed:
            return {"batchItemFailures": [{"itemIdentifier": numbers[place]} for place in failed]}
    return {"batchItemFailures": []}
""", """    with ThreadPoolExecutor(len(numbers)) as pool:
        taken = list(pool.map(is_taken, event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": number}
                                  for number, done in zip(numbers, taken, strict=True) if not done]}


def is_taken(record):
    answer = KINESIS.put_records(StreamName=os.environ["STREAM"],
                                 Records=[entry(records.event_of(record))])
    return not answer["FailedRecordCount"]
"""),
              Change(PUTTER, "import os\n", "import os\n"
                     "from concurrent.futures import ThreadPoolExecutor\n"),
              fails="RLY-04", may_fail="PRJ-01 RLY-01 RLY-02 RLY-03"),
        fault("data_not_decoded", "The data of a record is taken as it is written there.",
              Change(SHARDS, 'base64.b64decode(record["kinesis"]["data"])',
                     'record["kinesis"]["data"]'),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("shard_per_kind", "Each kind of event has a partition key, so that kinds overtake.",
              Change(PUTTER, '"PartitionKey": event["locker"]',
                     '"PartitionKey": "locker-" + event["kind"]'),
              TRUSTING,
              fails="PRJ-05", may_fail="PRJ-01 PRJ-02 PRJ-04"),
        fault("shard_goes_on", "A record that failed is swallowed, and the handler goes on.",
              Change(SHARDS, """            return {"batchItemFailures": [{"itemIdentifier": """
                             """number_of(record)}]}\n""", ""),
              fails="PRJ-07 PRJ-11", may_fail="PRJ-01 PRJ-05"),
        fault("shard_event_id", "A record is reported by its eventID, which is no number.",
              Change(SHARDS, '["kinesis"]["sequenceNumber"]', '["eventID"]'),
              fails="PRJ-07 PRJ-11"),
        fault("shard_first_only", "Only the first record of a batch is projected.",
              Change(SHARDS, 'event["Records"]:', 'event["Records"][:1]:'),
              fails="PRJ-11"),
        fault("shard_blocked", "A record without an event fails again and again.",
              Change(SHARDS, """            if isinstance(told.get("locker"), str) and """
                             """isinstance(told.get("seq"), int):
                views.project(told)
""", "            views.project(told)\n"),
              fails="PRJ-06", may_fail="PRJ-11"),
        fault("shard_gives_up", "A batch that fails is given up, and nothing keeps it.",
              Change("shards.yaml", """            BatchSize: 10
""", """            BatchSize: 10
            MaximumRetryAttempts: 0
"""),
              fails="PRJ-07"),
    ),
    "lockers-node": (
        fault("does_not_look", "Records that the stream has not taken are not looked for.",
              Change(NODE_PUBLISHER, "if (answer.FailedRecordCount) throw", "if (false) throw"),
              fails="RLY-03"),
        fault("does_not_wait", "The invocation of the projection is not awaited.",
              Change(NODE_FORWARDER, "      await forward(", "      forward("),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 RLY-01 RLY-02 RLY-03 RLY-04 SYS-02"),
        fault("forwards_data_as_it_is", "The data of a record is taken as it is written there.",
              Change(NODE_FORWARDER, 'Buffer.from(record.kinesis.data, "base64").toString("utf8")',
                     "record.kinesis.data"),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 RLY-01 RLY-02 RLY-03 RLY-04 RLY-05"),
        fault("forwards_first_only", "Only the first record of a batch is forwarded.",
              Change(NODE_FORWARDER, "of event.Records)", "of event.Records.slice(0, 1))"),
              fails="RLY-04"),
    ),
    "lockers-invoked": (
        fault("takes_error_for_answer", "An error of the function that is called is its answer.",
              Change(INVOKER, 'if "FunctionError" in answer:', "if False:"),
              Change("app/envelope.py", '    return {"form"', """    if event["kind"] == "EMPTIED":
        raise ValueError(event["kind"])
    return {"form\""""),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 RLY-01 RLY-02"),
        fault("helper_remembers", "The function that is called answers for the locker of before.",
              Change("app/envelope.py", '    return {"form": FORM, "event": event}',
                     '    return MADE.setdefault(event["locker"], {"form": FORM, "event": event})'),
              Change("app/envelope.py", "FORM = 1\n", "FORM = 1\nMADE = {}\n"),
              fails="PRJ-01 SYS-02", may_fail=EVERY_VIEW + " CMD-10"),
        fault("invoker_goes_on", "A record that failed is swallowed, and the handler goes on.",
              Change(INVOKER, REPORTS, ""),
              fails="RLY-02 RLY-03"),
        fault("invoked_out_of_order", "An event that comes early is projected at once.",
              TRUSTING,
              fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
        fault("invoked_swallows", "An event that could not be projected is passed over.",
              Change(INVOKED, "        views.project(told)\n", """        try:
            views.project(told)
        except Exception as error:
            print(f"failed: {error!r}")
"""),
              fails="PRJ-07", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08"),
        fault("invoked_once", "An event that comes early is given up, though a queue keeps it.",
              Change("invoked.yaml", INVOKED_HANDLER, INVOKED_HANDLER + """      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: SQS}}
"""),
              fails="PRJ-03", may_fail="PRJ-01 PRJ-04 PRJ-05 PRJ-08"),
        fault("lost_by_a_fault", "An event that a fault has hit is given up, and nothing keeps it.",
              Change("invoked.yaml", INVOKED_HANDLER, INVOKED_HANDLER
                     + "      EventInvokeConfig: {MaximumRetryAttempts: 0}\n"),
              fails="PRJ-07", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08"),
        fault("invokes_first_only", "Only the first record of a batch is passed on.",
              Change(INVOKER, 'event["Records"]:', 'event["Records"][:1]:'),
              fails="RLY-04"),
    ),
    "lockers-enriched": (
        fault("enriches_first_only", "Only the first record of a batch is enriched.",
              Change(ENRICHMENT, "in found]", "in found[:1]]"),
              fails="RLY-04"),
        fault("enrichment_counts", "The enrichment numbers events itself, each time it sees one.",
              Change(ENRICHMENT, "import records\n", "import records\n\nNUMBERS = {}\n"),
              Change(ENRICHMENT, '    return {"locker"',
                     """    NUMBERS[event["locker"]] = NUMBERS.get(event["locker"], 0) + 1
    return {"locker\""""),
              Change(ENRICHMENT, 'int(event["seq"])', 'NUMBERS[event["locker"]]'),
              fails="PRJ-01", may_fail=EVERY_VIEW + " RLY-01 RLY-04 SYS-02"),
        fault("enrichment_drops_a_kind", "The enrichment has no answer for one kind of event.",
              Change(ENRICHMENT, "for record in found]", """for record in found
            if records.event_of(record)["kind"] != "FILLED"]"""),
              fails="PRJ-01", may_fail=EVERY_VIEW + " RLY-01"),
        fault("enrichment_in_a_document", "The answer is a document around the messages.",
              Change(ENRICHMENT, "    return [message(records.event_of(record)) for record in "
                                 "found]", """    made = [message(records.event_of(record)) """
                                 """for record in found]
    return {"messages": made}"""),
              fails="PRJ-01", may_fail=EVERY_VIEW + " RLY-01"),
        fault("enrichment_blocks", "A record of an unknown kind fails again and again.",
              Change(ENRICHMENT, '    """The message of one event."""\n',
                     """    if event["kind"] not in ("INSTALLED", "FILLED", "EMPTIED", "REMOVED"):
        raise ValueError(event["kind"])
"""),
              fails="RLY-05", may_fail="RLY-04"),
    ),
    "lockers-pipe": (
        fault("pipe_not_unwrapped", "The document around a message is taken for the message.",
              Change(PIPED, 'json.loads(record["body"])["Message"]', 'record["body"]'),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("pipe_drops_a_kind", "The pipe's filter lets one kind of event pass no more.",
              Change("pipe.yaml", '{"eventName": ["INSERT"]}', '{"dynamodb": {"NewImage": {"kind": '
                     '{"S": [{"anything-but": "FILLED"}]}}}}'),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("pipe_tells_keys_only", "The template takes the item's keys for the item.",
              Change("pipe.yaml", "<$.dynamodb.NewImage>", "<$.dynamodb.Keys>"),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("trusts_the_pipe", "An event that comes early is projected before its predecessors.",
              TRUSTING,
              fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
        fault("pipe_swallows_message", "A message that failed is not reported, and so gone.",
              Change(PIPED, '            failed.append({"itemIdentifier": record["messageId"]})\n',
                     ""),
              fails="PRJ-07 PRJ-11", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08"),
    ),
    "lockers-objects": (
        fault("key_not_decoded", "The key of a notification is taken as it is written there.",
              Change(OBJECTS, "unquote_plus(place[\"object\"][\"key\"])",
                     "place[\"object\"][\"key\"]"),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("other_suffix", "The notification is about keys with another suffix.",
              Change("objects.yaml", "Value: .json", "Value: .jsonl"),
              fails="PRJ-01", may_fail=EVERY_VIEW),
        fault("swallows_notification", "An object that could not be projected is passed over.",
              Change(OBJECTS, "        views.project(", "        try_to_project("),
              Change(OBJECTS, "def handler(", '''def try_to_project(event):
    """Project an event, if that works."""
    try:
        views.project(event)
    except Exception as error:
        print(f"failed: {error!r}")


def handler('''),
              fails="PRJ-07", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-08"),
        fault("trusts_notifications", "An event that comes early is projected at once.",
              TRUSTING,
              fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
    ),
    "lockers-outbox": (
        fault("expired_row_removes", "A row that is deleted in time is taken for a removed locker.",
              Change(OUTBOX, "        except Exception", """            else:
                image = {"NewImage": record["dynamodb"]["OldImage"]}
                told = records.event_of({"dynamodb": image})["event"]
                publisher.publish({**told, "seq": told["seq"] + 1, "kind": "REMOVED"})
        except Exception"""),
              fails="RLY-06"),
        fault("every_change_published", "A row that goes is published again, without its event.",
              Change(OUTBOX, 'if record["eventName"] == "INSERT":', "if True:"),
              fails="RLY-06"),
        fault("no_row", "The row is written after the event, and not with it.",
              Change("app/outbox_store.py", """(locker)"}},
            {"Put": {"TableName": os.environ["OUTBOX_TABLE"], "Item": serialized(row)}}])
""", """(locker)"}}])
        DYNAMODB.put_item(TableName=os.environ["OUTBOX_TABLE"], Item=serialized(row))
"""),
              fails="CMD-10", may_fail="CMD-12 PRJ-01"),
        fault("outbox_goes_on", "A row that failed is swallowed, and the publisher goes on.",
              Change(OUTBOX, REPORTS, ""),
              fails="RLY-02 RLY-03"),
    ),
    "lockers-sweeper": (
        fault("sweeps_one_row", "A sweep publishes one row, however many there are.",
              Change(SWEEPER, "in rows():", "in rows()[:1]:"),
              fails="RLY-01", may_fail="PRJ-01 RLY-02 RLY-03"),
        fault("removes_first", "The sweeper removes a row before it publishes the event.",
              Change(SWEEPER, """        publisher.publish(row["event"])
        OUTBOX.delete_item(Key={"id": row["id"]})
""", """        OUTBOX.delete_item(Key={"id": row["id"]})
        publisher.publish(row["event"])
"""),
              fails="RLY-02 RLY-03"),
        fault("sweeper_takes_entry", "An entry that the bus has not taken is removed all the same.",
              Change(PUBLISHER, 'if answer["FailedEntryCount"]:', "if False:"),
              fails="RLY-03"),
        fault("counts_swept_again", "An event that a sweep published again changes the view again.",
              Change(VIEWS, "    if before >= seq:\n        return\n", ""),
              TRUSTING,
              Change(VIEWS, '        view["parcel"] = event["data"]["parcel"]\n',
                     '        view["parcel"] = view.get("parcel", "") + event["data"]["parcel"]\n'),
              fails="PRJ-02", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-05 PRJ-07 PRJ-08 RLY-02"),
        fault("both_publish", "A stream publishes as well as the sweeper, and a view counts both.",
              Change("sweeper.yaml", "  SweeperFunction:\n", """  PublisherFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: publisher.handler
      Environment: {Variables: {BUS: !Ref Bus}}
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: events:PutEvents
              Resource: !GetAtt Bus.Arn
      Events:
        Stored:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt EventsTable.StreamArn
            StartingPosition: TRIM_HORIZON
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}

  SweeperFunction:
"""),
              Change("sweeper.yaml", EVENTS_KEYS, EVENTS_KEYS
                     + "      StreamSpecification: {StreamViewType: NEW_IMAGE}\n"),
              *COUNTING, fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 PRJ-07 PRJ-08 RLY-01"),
    ),
    "lockers-repaired": (
        fault("repairs_nothing", "The sweeper reads the rows that are left, and publishes none.",
              Change(SWEEPER, "in rows():", "in rows()[:0]:"),
              fails="CMD-10", may_fail="CMD-11 CMD-12 PRJ-01"),
        fault("clears_first", "A row is removed before its event is published.",
              Change(REPAIRED, "        publisher.publish(event)\n", ""),
              Change(REPAIRED, "#{event['seq']}\"})\n",
                     "#{event['seq']}\"})\n        publisher.publish(event)\n"),
              fails="CMD-10", may_fail="CMD-11 CMD-12 PRJ-01"),
    ),
    "lockers-queue": (
        fault("group_per_kind", "Each kind of event is a group of its own, so that kinds overtake.",
              Change(QUEUE_STORE, 'MessageGroupId=told["locker"]', 'MessageGroupId=told["kind"]'),
              TRUSTING,
              fails="PRJ-03 PRJ-05", may_fail="PRJ-01 PRJ-04 PRJ-08"),
        fault("never_sent_again", "An event that a crash has left is never sent.",
              Change(QUEUE_STORE, '        if not event.get("sent"):\n', "        if False:\n"),
              fails="CMD-10", may_fail="CMD-11 CMD-12 PRJ-01"),
        fault("token_per_locker", "All messages of a locker have one token: the queue takes one.",
              Change(QUEUE_STORE, "{told[\'locker\']}#{told[\'seq\']}", "{told[\'locker\']}"),
              fails="PRJ-01", may_fail=EVERY_VIEW + " CMD-10 CMD-12 QRY-04"),
        fault("fifo_overtakes", "The next message of a group overtakes the one that failed.",
              Change("app/fifo_projection.py", """            return {"batchItemFailures": [
                {"itemIdentifier": each["messageId"]} for each in event["Records"][place:]]}
    return {"batchItemFailures": []}
""", """            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""),
              Change("app/fifo_projection.py", "    for place", "    failed = []\n    for place"),
              TRUSTING, fails="PRJ-11", may_fail="PRJ-07"),
        fault("fifo_goes_on", "A message that failed is swallowed, and the handler goes on.",
              Change("app/fifo_projection.py", """            return {"batchItemFailures": [
                {"itemIdentifier": each["messageId"]} for each in event["Records"][place:]]}
""", ""),
              fails="PRJ-07 PRJ-11", may_fail="PRJ-01"),
    ),
}
