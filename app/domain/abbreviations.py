"""Words after which a full stop does not end a sentence, and words that begin one. Lower case, without stops."""

from __future__ import annotations

# Never the last word of a sentence.
ANYWHERE = frozenset(
    """
    mr mrs ms dr prof st mx messrs mme mlle rev hon gen col capt lt sgt sen rep gov pres supt
    eg ie cf viz vs v approx ca resp incl excl est esp
    bzw vgl ggf zzgl usw uvm bspw evtl hr fr frl hrn
    sr sra srta dña dhr mevr bijv sig dott avv
    """.split()  # noqa: SIM905 - a list of words reads best as words
)

# Followed by a number they are short for something.
BEFORE_NUMBER = frozenset(
    """
    no nos nr nrs núm n° p pp pg pag pág s ss f ff art arts abs sec secs sect para paras par pt pts ch chap cl fig figs
    tab tbl eq eqs vol vols ed app appx ex sched schd line ll st lit ziff kap anh rn az tel fax ext
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
    """.split()  # noqa: SIM905
)

# Often in the middle, sometimes at the end: only a word that begins sentences decides.
PERHAPS_LAST = frozenset(
    """
    inc ltd co corp llc plc gmbh ag sa bv nv kg llp lp bros dept univ assn
    etc al am pm ad bc jr sr phd md ba ma us uk eu un usa dc ave blvd rd
    jan feb mar apr jun jul aug sep sept oct nov dec fig figs eq sec art no nos vol ed eds trans
    min max avg temp tel ext ft in oz lb kg km cm mm hr hrs sq
    """.split()  # noqa: SIM905
)

MONTHS = frozenset(
    """
    januar februar märz april mai juni juli august september oktober november dezember jänner feber
    januari februari maart mei augustus oktober
    leden ledna února března dubna května června července srpna září října listopadu prosince
    """.split()  # noqa: SIM905
)

STARTERS = frozenset(
    """
    The A An In On At It Its This That These Those He She They We You I If For From By With When Where While As To Of
    And But Or So Yet Nor However Therefore Moreover Furthermore Thus Hence Also There Here Each Every All Any Some
    No Not Such Both Either Neither Our Their His Her My Your Who What Which Why How After Before During Since Until
    Under Over Then Now Once Although Because Unless Upon Whether Please See Notwithstanding Subject Except
    Der Die Das Ein Eine Es Er Sie Wir Im Am Bei Mit Für Wenn Nach Vor Dies Diese Dieser
    Le La Les Un Une Il Elle Ils Nous Vous En Dans Pour Ce Cette Si Au
    El Los Las Una En Por Para Si Se Este Esta Al
    """.split()  # noqa: SIM905
)
