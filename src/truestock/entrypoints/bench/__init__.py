"""`truestock bench`: what this machine does with the hub, each figure beside its bar, its aim and its rivals."""
