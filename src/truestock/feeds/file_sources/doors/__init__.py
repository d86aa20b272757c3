"""How the files of a source are reached: in a folder, of this machine or over SFTP, or at a URL."""
