"""Where files lie: a folder of this machine, or one over SFTP. Both hold to the same few promises."""
