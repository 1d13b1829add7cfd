"""The rules of the regions, a file each; a tag loads one, by `names.find`."""
