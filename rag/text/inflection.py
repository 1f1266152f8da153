"""English stems that the stemmer leaves apart become one: `led` with lead, `kilometres` with kilometers."""

from __future__ import annotations

from collections.abc import Iterator

# A base and the forms that no rule takes back to it. Forms that are words of their own (found, left, saw, leaves) are out.
_IRREGULAR_FORMS = """
arise arose arisen; awake awoke awoken; bear borne; beat beaten; become became; begin began begun; bend bent; bind bound; bite bitten;
bleed bled; blow blew blown; break broke broken; breed bred; bring brought; build built; burn burnt; buy bought; catch caught; choose
chose chosen; come came; creep crept; deal dealt; dig dug; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; dwell
dwelt; eat ate eaten; fall fallen; feed fed; fight fought; flee fled; fly flew flown; forbid forbade forbidden; forget forgot forgotten;
forgive forgave forgiven; freeze froze frozen; get got gotten; go went gone; grow grew grown; hang hung; hear heard; hide hid hidden;
hold held; keep kept; kneel knelt; know knew known; lead led; leap leapt; learn learnt; lend lent; lose lost; make made; mean meant;
meet met; mistake mistook mistaken; overcome overcame; overtake overtook overtaken; overthrow overthrew overthrown; pay paid; prove
proven; ride rode ridden; ring rang rung; rise risen; run ran; see seen; seek sought; sell sold; send sent; shake shook shaken; shine
shone; show shown; shrink shrank shrunk; sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid; speak spoke spoken; spend
spent; spring sprang sprung; stand stood; steal stole stolen; stick stuck; strike struck stricken; strive strove striven; swear swore
sworn; sweep swept; swell swollen; swim swam swum; swing swung; take took taken; teach taught; tear tore torn; think thought; throw
threw thrown; undergo underwent undergone; understand understood; undertake undertook undertaken; uphold upheld; wake woke woken; wear
wore worn; weave wove woven; weep wept; win won; withdraw withdrew withdrawn; withhold withheld; withstand withstood; write wrote
written; child children; foot feet; goose geese; man men; mouse mice; ox oxen; tooth teeth; woman women; half halves; knife knives;
shelf shelves; thief thieves; wife wives; wolf wolves; crisis crises; criterion criteria; hypothesis hypotheses; phenomenon phenomena;
bacterium bacteria; nucleus nuclei; matrix matrices; color colour; labor labour; harbor harbour; neighbor neighbour; favor favour; honor
honour; behavior behaviour; flavor flavour; rumor rumour; vapor vapour; humor humour; armor armour; endeavor endeavour; tumor tumour;
meter metre; center centre; theater theatre; liter litre; fiber fibre; kilometer kilometre; centimeter centimetre; millimeter
millimetre; caliber calibre; program programme; defense defence; offense offence; license licence; practice practise; plow plough;
aluminum aluminium; airplane aeroplane; gray grey; jewelry jewellery; catalog catalogue; dialog dialogue; analyze analyse; catalyze
catalyse; industrialization industrialisation; organization organisation; modernization modernisation; urbanization urbanisation;
realize realise; recognize recognise; specialize specialise; optimize optimise; civilization civilisation; colonization colonisation;
commercialization commercialisation; digitalization digitalisation; globalization globalisation; mobilize mobilise; normalize normalise;
organize organise; stabilize stabilise; standardize standardise; utilize utilise
"""


def irregular_forms() -> Iterator[tuple[str, str]]:
    """Each form with its base, unstemmed: (`led`, `lead`), (`colour`, `color`), …"""
    for entry in _IRREGULAR_FORMS.replace("\n", " ").split(";"):
        base, *forms = entry.split()
        yield from ((form, base) for form in forms)
