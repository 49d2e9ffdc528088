"""What is true of every reader: it takes any bytes, and ends in statements or in an error of the tree."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cellwright.errors import CellwrightError, InputError, ProgramError
from cellwright.programs.readers import READERS, guess_brand, read

PROGRAMS = {
    "abb": {
        "a.mod": "MODULE a\nPERS tooldata t:=[TRUE,[[0,0,9],[1,0,0,0]],[1,[0,0,1],[1,0,0,0],0,0,0]];\n"
        "CONST robtarget p:=[[1,2,3],[1,0,0,0],[0,0,0,0],[9E9,9E9,9E9,9E9,9E9,9E9]];\n"
        "PROC main()\nMoveAbsJ [[0,1,2,3,4,5],[9E9,9E9,9E9,9E9,9E9,9E9]],v50,fine,t;\nIF x=1 THEN\n"
        "MoveL Offs(p,1,2,-3),v100\\V:=5,z1,t\\WObj:=wobj0;\nENDIF\nSetDO d,1; x:=2*(3+4)/n{2}; sub;\nENDPROC\n"
        "PROC sub()\nRETURN;\nENDPROC\nENDMODULE\n"
    },
    "estun": {
        "a.erp": 'Start:\nMovJ{P=t_l.J1,V=t_s.V50,B="FINE"}\nIF t_l.I.value == 1 THEN\nARC_SET{A=1,V=2,H=0}\nARC_ON{}\n'
        'MovC{A=t_l.P1,P=t_l.P1,V=t_l.S1,B="ABSOLUTE",C=t_s.C5,Tool=t_l.T1}\nENDIF\n/* end */\nEnd;\n',
        "a.erd": 'J1={_type="APOS",a1=1,a2=-2,a3=3,a4=4,a5=5,a6=6}\nP1={_type="CPOS",confdata={mode=0,cf1=0},x=1,'
        "y=2,z=3,a=4,b=5,c=6}\nT1={x=0,y=0,z=1,q1=1,q2=0,q3=0,q4=0}\nS1={per=5,tcp=50}\n",
    },
    "kuka": {
        "a.src": "&ACCESS RVP\nDEF a()\nBAS(#VEL_PTP,50)\n$BASE={X 1,Y 2,Z 3,A 4,B 5,C 6}\n"
        "PTP {A1 0,A2 -90,A3 90,A4 0,A5 1,A6 0}\n"
        "$VEL.CP=0.1\nLIN XP1:{X 1} C_DIS\nCIRC {X 1,Y 2,Z 3,A 0,B 0,C 0},XP1\nIF $IN[3] THEN\n"
        "$OUT[2*(1+1)]=TRUE\nENDIF\n"
        "WAIT FOR $IN[2]==TRUE\nb(1,'B01')\nEND\nDEF b(n:IN,m:IN)\nRETURN\nEND\n",
        "a.dat": "DEFDAT a PUBLIC\nDECL E6POS XP1={X 1.0,Y 2,Z 3,A 4,B 5,C 6,S 'B010',T 2}\nENDDAT\n",
    },
}


def _bytes(brand: str) -> dict[str, bytes]:
    return {name: text.encode() for name, text in PROGRAMS[brand].items()}


def _refusal(files: dict[str, bytes], brand: str) -> CellwrightError | None:
    try:
        read(files, brand=brand)
    except CellwrightError as error:
        return error
    return None


def test_every_reader_is_tried_here() -> None:
    assert PROGRAMS.keys() == READERS.keys()


@pytest.mark.parametrize("brand", READERS)
def test_a_program_is_understood_and_recognised(brand: str) -> None:
    said = read(_bytes(brand), brand=brand)

    assert said.moves
    assert not said.unknown
    for name, text in PROGRAMS[brand].items():
        assert guess_brand(name, text) == brand
        assert guess_brand("program.txt", text) == brand


@pytest.mark.parametrize("brand", READERS)
def test_every_statement_knows_its_line(brand: str) -> None:
    for statement in read(_bytes(brand), brand=brand).statements:
        lines = PROGRAMS[brand][str(statement.where.file)].splitlines()
        assert 1 <= statement.where.line <= len(lines)
        assert lines[statement.where.line - 1].strip()


@pytest.mark.parametrize("brand", READERS)
def test_case_and_white_space_count_only_where_the_language_counts_them(brand: str) -> None:
    if brand == "estun":  # its words have a case
        change = {n: t.replace("\n", "\r\n").replace(",", " , ") for n, t in PROGRAMS[brand].items()}
    else:
        change = {n: t.replace("\n", " \t\r\n").replace(",", " , ").lower() for n, t in PROGRAMS[brand].items()}
    changed = read({n: t.encode() for n, t in change.items()}, brand=brand)
    said = read(_bytes(brand), brand=brand)

    assert [type(s) for s in changed.statements] == [type(s) for s in said.statements]
    assert [(m.speed, m.share, m.zone) for m in changed.moves] == [(m.speed, m.share, m.zone) for m in said.moves]


@pytest.mark.parametrize("brand", READERS)
def test_damaged_programs_end_in_statements_or_in_an_error_with_a_place(brand: str) -> None:
    chance = random.Random(brand)
    signs = " \n\t(){}[]<>;:,.=+-*/\\'\"#$%&!?|~^@0123456789eE_abzXYZ\u00e9\u4e2d"
    errors = 0
    for _ in range(400):
        files = dict(PROGRAMS[brand])
        name = chance.choice(sorted(files))
        text = list(files[name])
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            at = chance.randrange(len(text))
            match chance.randrange(4):
                case 0:
                    del text[at]
                case 1:
                    text.insert(at, chance.choice(signs))
                case 2:
                    text[at] = chance.choice(signs)
                case _:
                    begin = chance.randrange(len(text))
                    text[at:at] = text[begin : begin + chance.randrange(30)]
        files[name] = "".join(text[: chance.choice((len(text), len(text), chance.randrange(len(text)) + 1))])
        error = _refusal({n: t.encode() for n, t in files.items()}, brand)
        errors += error is not None
        assert error is None or (error.where is not None and str(error.where.file) in files), error
    assert errors > 40


@pytest.mark.parametrize("brand", READERS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\x00\x01\x02",
        b"\xff\xfe\x00P",
        b"PK\x03\x04" + bytes(100),
        b"{" * 10_000,
        b"-" * 100_000,
        b"'" * 99,
    ],
)
def test_files_that_are_no_programs_end_in_nothing_or_in_an_error(brand: str, data: bytes) -> None:
    name = next(iter(PROGRAMS[brand]))
    error = _refusal({name: data}, brand)

    assert error.where is not None if error else not read({name: data}, brand=brand).moves


@pytest.mark.parametrize("brand", READERS)
def test_a_file_that_is_too_large_is_refused(brand: str) -> None:
    name = next(iter(PROGRAMS[brand]))

    with pytest.raises(InputError, match="more than a reader takes"):
        read({name: b" " * 20_000_001}, brand=brand)


def test_a_language_without_a_reader_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(ProgramError, match="known: abb, estun, kuka"):
        read({"a.src": b"DEF a()\nEND"}, brand="kuke")
    with pytest.raises(ProgramError, match="known: abb, estun, kuka"):
        guess_brand("a.txt", "hello")
    with pytest.raises(InputError, match="none of the files"):
        read({"readme.txt": b"hello"}, brand="kuka")


@pytest.mark.parametrize("name", ["a.mod", "a.src", "a.erp"])
def test_texts_of_old_controllers_are_decoded(name: str) -> None:
    brand = guess_brand(name, "")
    coding = READERS[brand].coding
    word = "位置" if coding == "gb18030" else "Schweißen"
    comment = {"abb": "! ", "kuka": "; ", "estun": "// "}[brand] + word
    first = PROGRAMS[brand][name] + comment + "\n"
    files = {n: t.encode() for n, t in PROGRAMS[brand].items()} | {name: first.encode(coding)}

    assert read(files, brand=brand).moves


def test_the_samples_on_this_machine_are_recognised(real_data: Path) -> None:
    folders = {"abb_rapid": "abb", "kuka_krl": "kuka", "estun": "estun"}
    for folder, brand in folders.items():
        for file in sorted((real_data / "programs" / folder).iterdir()):
            if file.suffix != ".md":
                assert guess_brand(file.name, file.read_text()) == brand
