"""The functions (command, projection, query) and their shared modules.

Layers, outer to inner; a module imports only from its own row or a lower one:

    command | projection | query              handlers: wiring, replies, batches
    front_door | batch                        the ways in and out
    service | projector                       use cases
    event_store | publisher | read_model      edges, one AWS service each
    rejections | settings | aws | events | codec
    domain                                    pure rules
"""
