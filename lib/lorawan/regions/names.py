"""The regions by name, each in a file of its own that is read when it is asked for: a tag loads only one."""

NAMES = ("EU868", "RU864", "AS923-1", "AS923-2", "AS923-3", "AS923-4", "US915", "IN865")


def find(name: str, dwell=None, sub_band: int = 0):
    """The region of that name; raises ValueError for another.

    `dwell` (AS923): True where the law limits uplinks to 400 ms, False where it does not, None: limited until the network
    says otherwise. `sub_band` (US915): 1-8, the eight channels that the site's gateways hear, 0: all 64.
    """
    if name == "EU868":
        from lorawan.regions.eu868 import EU868

        return EU868()
    if name == "RU864":
        from lorawan.regions.ru864 import RU864

        return RU864()
    if name == "IN865":
        from lorawan.regions.in865 import IN865

        return IN865()
    if name == "US915":
        from lorawan.regions.us915 import US915

        return US915(sub_band)
    if name in NAMES:
        from lorawan.regions.as923 import AS923

        return AS923(int(name[-1]), dwell)
    raise ValueError("unknown region %s: there are %s" % (name, ", ".join(NAMES)))
