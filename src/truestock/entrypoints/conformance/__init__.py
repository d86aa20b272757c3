"""Stories of what goes wrong between a hub and a channel, played on any connector and its counterpart.

Third parties run them on theirs: `truestock conformance my_package.module:open_world`."""
