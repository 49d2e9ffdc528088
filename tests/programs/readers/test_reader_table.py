"""What is true of every reader: it takes any bytes, and ends in statements or in an error of the tree."""

from __future__ import annotations

import random
import re
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
    "aubo": {
        "a.lua": "function weld()\nsetTcpOffset({0,0,0.1,0,0,0})\nq={0,-0.2,1.5,0,1.57,0}\nmoveJoint(q,1,0.5,0,0)\n"
        "moveLine({0.1,-0.5,0.4,3.1,0,1.5},1,0.05,0.01,0)\nif 1 == 2 then\nsleep(0.5)\nend\n"
        "moveCircle({0.1,-0.5,0.4,3.1,0,1.5},{0.2,-0.5,0.4,3.1,0,1.5},1,0.01,0,0)\nsetStandardDigitalOutput(3,true)\n"
        "end\ninit_global_move_profile()\nset_joint_maxvelc({1,1,1,1,1,1})\nmove_joint({0,0,0,0,0,0},true)\nweld()\n"
    },
    "codroid": {
        "a.lua": "local start = {0,1,2,3,4,5}\nsetNoBlender()\nsetDO(1,0)\n"
        "movJ({jp={0,10,-20.5,0,90,0}},{v=60,a=300,b=0,rb=0,coor=1,tool=1})\nfor i=1,2 do\n"
        "movL({jp={1,10,-20.5,0,90,0}},{v=8*2,a=1000,b=0,rb=0,coor=1,tool=1})\nend\nwait(500)\n"
        "movC({jp={1,10,-20.5,0,90,0}},{jp={2,10,-20.5,0,90,0}},{v=8,a=1000,rb=2.5,coor=1,tool=1})\n"
    },
    "comau": {
        "a.pdl": "PROGRAM weld\nVAR\n  p : POSITION\nROUTINE sub\nBEGIN\n  DELAY 500\nEND sub\nBEGIN\n"
        "$UFRAME := POS(1,2,3,4,5,6,'')\n$TOOL := POS(0,0,100,0,0,0,'')\n$LIN_SPD := 0.5\nMOVE TO {0,-10,-90,0,5,0}\n"
        "MOVEFLY LINEAR TO POS(100,200,300,0,90,0,'S W T1:0 T2:0 T3:0') ADVANCE\n$DOUT[5] := ON\nsub\n"
        "MOVE CIRCULAR TO POS(9,8,7,0,90,0,'') VIA POS(1,2,3,0,90,0,'')\nIF $DIN[2] = ON THEN\nWAIT FOR $DIN[5] = ON\n"
        "ENDIF\nEND weld\n"
    },
    "dobot": {
        "a.lua": "p={pose={300,200,300,180,0,0}}\nMovJ({joint={0,0,90,0,90,0}},{v=50})\nSetTool(1,{0,0,100,0,0,0})\n"
        "MovL(p,{user=0,tool=1,speed=500,r=5})\nArc(P1,{pose={1,2,3,180,0,0}},{tool=1,speed=8})\nDO(1,ON)\nWait(200)\n"
        "if 1 == 2 then\nDO(1,OFF)\nend\n",
        "point.json": '[\n{"name": "P1",\n "joint": [1,2,3,4,5,6],\n "pose": [100,0,50,180,0,0],\n'
        ' "tool": 1, "user": 0}\n'
        "]\n",
    },
    "elite": {
        "a.jbi": "//JOB\n//NAME A\n//POS\nNOP\nSETPOSE V000 0,0,100,0,0,0.5\nSETTOOLFRAME TOOL#(1) V000\n"
        "SETTOOLNUMBER TF=1\nSETPOSE V000 100.5,2,3,1.5,0,0.25\nSETJOINT P000 0,-90,90,0,5,0\n"
        "MOVJ P000 VJ=50% CR=0.0MM ACC=50 DEC=50\nMOVL V000 V=100MM/S CR=2.5MM\nMOVC V000 V=5MM/S\nMOVC V000 V=5MM/S\n"
        "MOVC V000 V=5MM/S\nTIMER T=0.2 S\nDOUT OT#(5) ON\nWAIT IN#(2)=ON\nCALL JOB:B\nEND\n",
        "b.jbi": "//JOB\n//NAME B\nNOP\nDOUT OT#(5) OFF\nEND\n",
    },
    "epson": {
        "a.prg": "Function main\n Motor On; Power High\n Speed 10, 5\n SpeedS 500\n TLSet 1, XY(0,0,-50,0)\n Tool 1\n"
        " Local 1, XY(100,50,0,30)\n P2 = P1 +X(10) :Z(-5) /R\n Go P1 CP\n Move XY(250,10,-20,45)/L\n"
        " Arc P2, P1 +Y(5) CP\n"
        " Go JA(10,20,-30,40)\n On 8\n Wait Sw(8) = On\n Wait 0.5\n If n = 1 Then\n sub\n EndIf\nFend\n"
        "Function sub\n Off 8\nFend\n",
        "a.pts": 'Point1 {\n nNumber=1\n sLabel="pick"\n rX=300\n rY=10\n rZ=-20\n rU=30\n rV=0\n rW=0\n nLocal=1\n'
        " nHand=1\n}\n",
    },
    "estun": {
        "a.erp": 'Start:\nMovJ{P=t_l.J1,V=t_s.V50,B="FINE"}\nIF t_l.I.value == 1 THEN\nARC_SET{A=1,V=2,H=0}\nARC_ON{}\n'
        'MovC{A=t_l.P1,P=t_l.P1,V=t_l.S1,B="ABSOLUTE",C=t_s.C5,Tool=t_l.T1}\nENDIF\n/* end */\nEnd;\n',
        "a.erd": 'J1={_type="APOS",a1=1,a2=-2,a3=3,a4=4,a5=5,a6=6}\nP1={_type="CPOS",confdata={mode=0,cf1=0},x=1,'
        "y=2,z=3,a=4,b=5,c=6}\nT1={x=0,y=0,z=1,q1=1,q2=0,q3=0,q4=0}\nS1={per=5,tcp=50}\n",
    },
    "fanuc": {
        "a.ls": '/PROG  A\n/ATTR\nCOMMENT = "x";\n/MN\n   1:  ! comment ;\n   2:  PR[9,1]=0 ;\n   3:  PR[9,2]=0 ;\n'
        "   4:  PR[9,3]=100 ;\n   5:  PR[9,4]=0 ;\n   6:  PR[9,5]=-60 ;\n   7:  PR[9,6]=0 ;\n   8:  UTOOL[2]=PR[9] ;\n"
        "   9:  UTOOL_NUM=2 ;\n  10:  UFRAME_NUM=0 ;\n  11:J P[1] 20% CNT50 ;\n  12:L P[2] 150mm/sec FINE ;\n"
        "  13:C P[3]\n    :  P[2] 60cm/min CNT5 ;\n  14:  DO[5]=ON ;\n  15:  WAIT DI[6]=ON ;\n  16:  WAIT .50(sec) ;\n"
        "  17:  IF R[1]=3,JMP LBL[2] ;\n  18:  CALL B ;\n/POS\nP[1]{\n   GP1:\n UF : 0, UT : 2,\n"
        " J1= 1.0 deg, J2= 2.0 deg, J3= -3.0 deg,\n J4= 0.0 deg, J5= -90.0 deg, J6= 400.0 deg\n};\nP[2]{\n   GP1:\n"
        " UF : 0, UT : 2, CONFIG : 'F D B, -1, 0, 1',\n X = 1.0 mm, Y = 2.0 mm, Z = 3.0 mm,\n"
        " W = 10.0 deg, P = 20.0 deg, R = 30.0 deg\n};\nP[3]{\n   GP1:\n UF : 0, UT : 2, CONFIG : 'N U T, 0, 0, 0',\n"
        " X = 9.0 mm, Y = 2.0 mm, Z = 3.0 mm,\n W = 10.0 deg, P = 20.0 deg, R = 30.0 deg\n};\n/END\n",
        "b.ls": "/PROG  B\n/MN\n   1:  DO[5]=OFF ;\n/POS\n/END\n",
    },
    "jaka": {
        "a.jks": "#Begin\nset_user_frame_id(0)\nset_tool_id(1)\nset_tool([0,0,100,0,0,0])\n"
        "endPosJ = [10,-90,90,0,-90,0]\n"
        "movj(endPosJ,0,30.5,5000,0.0)\nendPosL = [100,200,300,180,0,90]\nmovl(endPosL,0,150,5000,1.0)\n"
        "movc(endPosL,[100,250,300,180,0,90],0,150,5000,1.0)\nset_digital_output(0,3,1)\nif 1 == 2:\n"
        "sleep(0.1)\nend\n#end\n"
    },
    "kawasaki": {
        "a.as": ".PROGRAM a()\n BASE TRANS(1,2,3,4,5,6)\n TOOL TRANS(0,0,100,0,0,0)\n SPEED 50 ALWAYS\n"
        " ACCURACY 5 ALWAYS\n"
        " JMOVE #[1,2,-93,117,-6,-117]\n SPEED 150 MM/S ALWAYS\n LMOVE p1+TRANS(0,0,10,0,0,0)\n"
        " C1MOVE TRANS(285,1388,1405,90,90,-90)\n C2MOVE p1\n SIGNAL 5,-6\n WAIT SIG(1006)\n TWAIT 0.5\n"
        " IF x == 1 THEN\n CALL b\n END\n x = 2*(3+4)\n.END\n.PROGRAM b()\n SIGNAL -5\n.END\n.TRANS\n"
        "p1 100 200 300 0 180 0\n.END\n"
    },
    "kuka": {
        "a.src": "&ACCESS RVP\nDEF a()\nBAS(#VEL_PTP,50)\n$BASE={X 1,Y 2,Z 3,A 4,B 5,C 6}\n"
        "PTP {A1 0,A2 -90,A3 90,A4 0,A5 1,A6 0}\n"
        "$VEL.CP=0.1\nLIN XP1:{X 1} C_DIS\nCIRC {X 1,Y 2,Z 3,A 0,B 0,C 0},XP1\nIF $IN[3] THEN\n"
        "$OUT[2*(1+1)]=TRUE\nENDIF\n"
        "WAIT FOR $IN[2]==TRUE\nb(1,'B01')\nEND\nDEF b(n:IN,m:IN)\nRETURN\nEND\n",
        "a.dat": "DEFDAT a PUBLIC\nDECL E6POS XP1={X 1.0,Y 2,Z 3,A 4,B 5,C 6,S 'B010',T 2}\nENDDAT\n",
    },
    "mitsubishi": {
        "a.prg": "Servo On\nOvrd 50\nJOvrd 20\nSpd 100\nTool PTL\nBase PBS\nMov J1\nMvs P1, -50\nMvs P1\nCnt 1,5,5\n"
        'Mvr P1,P2,P3\nP4=P1*P2\nMvs P4\nM_Out(5)=1\nWait M_In(6)=1\nDly 0.5\nIf M1=1 Then\nCallP "B"\nEndIf\nEnd\n'
        "J1=(1,2,90,0,90,0)\nP1=(100,200,300,180,0,0)(7,0)\nP2=(110,210,300,180,0,0)(7,0)\n"
        "P3=(120,200,300,180,0,0)(7,0)\n"
        "PTL=(0,0,100,0,0,0)(0,0)\nPBS=(0,0,0,0,0,0)(0,0)\n",
        "b.prg": "M_Out(5)=0\nSpd 50\nEnd\n",
    },
    "staubli": {
        "start.pgx": '<?xml version="1.0" encoding="utf-8" ?>\n'
        '<Programs xmlns="http://www.staubli.com/robotics/VAL3/Program/2">\n<Program name="start" access="public">\n'
        "<Code><![CDATA[\nbegin\n  movej(jHome,tTool,mFast)\n  movel(pOne,tTool,mSlow)\n"
        "  movec(pOne,pTwo,tTool,mSlow)\n"
        "  waitEndMove()\n  dioOut=true\n  wait(dioIn==true)\n  delay(0.5)\n  if 1==2\n    call stop()\n"
        "  endIf\nend\n]]></Code>\n"
        '</Program>\n<Program name="stop" access="private">\n<Code><![CDATA[\nbegin\n  dioOut=false\nend\n'
        "]]></Code>\n</Program>\n"
        "</Programs>\n",
        "a.dtx": '<?xml version="1.0" encoding="utf-8" ?>\n'
        '<Database xmlns="http://www.staubli.com/robotics/VAL3/Data/2">\n<Datas>\n'
        '<Data name="jHome" type="jointRx" size="1"><Value key="0" j1="1" j2="2" j3="90" j4="0" '
        'j5="5" j6="0"/></Data>\n'
        '<Data name="pOne" type="pointRx" size="1">\n'
        '<Value key="0" x="1" y="2" z="3" rx="4" ry="5" rz="6" shoulder="righty" '
        'elbow="epositive" wrist="wpositive" fatherId="fPart[0]"/></Data>\n'
        '<Data name="pTwo" type="pointRx" size="1"><Value key="0" x="9" y="2" z="3" fatherId="world[0]"/></Data>\n'
        '<Data name="fPart" type="frame" size="1"><Value key="0" x="100" y="0" z="0" rx="0" ry="0" rz="90" '
        'fatherId="world[0]"/></Data>\n'
        '<Data name="tTool" type="tool" size="1"><Value key="0" z="100" rx="10" fatherId="flange[0]"/></Data>\n'
        '<Data name="mFast" type="mdesc" size="1"><Value key="0" vel="50" tmax="99999" rmax="99999" '
        'blend="off"/></Data>\n'
        '<Data name="mSlow" type="mdesc" size="1"><Value key="0" vel="100" tmax="50" rmax="99999" blend="Cartesian" '
        'leave="5" reach="5"/></Data>\n'
        '<Data name="dioOut" type="dio" size="1"><Value key="0" link="fOut0"/></Data>\n'
        '<Data name="dioIn" type="dio" size="1"><Value key="0" link="fIn0"/></Data>\n</Datas>\n</Database>\n',
    },
    "ur": {
        "a.script": "def weld():\n  set_tcp(p[0,0,0.2,0,0.1,0])\n  part = p[0.5,0.1,0.2,0,0,d2r(90)]\n"
        "  movej([0,-1.57,1.57,-1.57,-1.57,0], a=1.4, v=1.05)\n"
        "  movel(pose_trans(part, p[0,0,0.1,3.14,0,0]),1.2,0.25,0,0.01)\n"
        "  movec(p[0.1,0,0,0,3.14,0],p[0.2,0,0,0,3.14,0],1.2,0.05,0.005)\n  set_standard_digital_out(5, True)\n"
        "  while not get_standard_digital_in(1):\n    sync()\n  end\n  if 1 == 2:\n    helper(0.3)\n  end\n"
        "  sleep(0.5)\nend\n"
        "def helper(h):\n  movel(p[0,0,h,0,3.1,0], v=0.1)\nend\nweld()\n"
    },
    "yaskawa": {
        "a.jbi": "/JOB\n//NAME A\n//POS\n///NPOS 4,0,0,0,0,0\n///TOOL 1\n///POSTYPE PULSE\n///PULSE\n"
        "C00000=0,-4474,-711,0,5,0\n"
        "///USER 2\n///POSTYPE USER\n///RECTAN\n///RCONF 1,0,0,0,0,0,0,0\nC00001=418.5,147.3,251.1,-180.0,23.1,0.0\n"
        "C00002=403.1,147.3,88.0,-180.0,23.1,0.0\nC00003=403.1,4.6,88.0,-180.0,23.1,0.0\n//INST\n"
        "///DATE 2019/03/27 16:51\n"
        "///ATTR SC,RW\n///GROUP1 RB1\nNOP\n'comment\nMOVJ C00000 VJ=50.00 PL=0\nMOVL C00001 V=200.0 CR=2.5\n"
        "MOVC C00001 V=5.0\n"
        "MOVC C00002 V=5.0\nMOVC C00003 V=5.0 PL=0\nARCON AC=180 AV=24.5 ASF#(2)\nWVON WEV#(1)\nWVOF\nARCOF AEF#(1)\n"
        "DOUT OT#(5) ON\nWAIT IN#(5)=ON\nTIMER T=0.50\nJUMP *L IF IN#(2)=ON\n*L\nCALL JOB:B\nEND\n",
        "b.jbi": "/JOB\n//NAME B\n//POS\n//INST\nNOP\nDOUT OT#(5) OFF\nEND\n",
        "TOOL.CND": "//TOOL 1\n///NAME torch\n0.000,0.000,100.000,10.0000,0.0000,0.0000\n",
        "UFRAME.CND": "//UFRAME 2\n///NAME part\n///TOOL 1\n////BUSER 100.000,0.000,0.000,0.0000,0.0000,90.0000\n",
    },
}

WITHOUT_CASE = {"abb", "comau", "epson", "kawasaki", "kuka", "mitsubishi"}


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
    change = {n: t.replace("\n", " \t\r\n").replace(",", " , ") for n, t in PROGRAMS[brand].items()}
    if brand in WITHOUT_CASE:
        change = {n: t.lower() for n, t in change.items()}
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
def test_numbers_that_no_controller_takes_end_in_statements_or_in_an_error(brand: str) -> None:
    for name, text in PROGRAMS[brand].items():
        for found in re.finditer(r"\d+(\.\d+)?", text):
            for number in ("9" * 5000, "1e999", "-"):
                changed = text[: found.start()] + number + text[found.end() :]
                error = _refusal(_bytes(brand) | {name: changed.encode()}, brand)
                assert error is None or error.where is not None, error


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
    with pytest.raises(ProgramError, match="known: abb, aubo"):
        read({"a.src": b"DEF a()\nEND"}, brand="kuke")
    with pytest.raises(ProgramError, match="known: abb, aubo"):
        guess_brand("a.txt", "hello")
    with pytest.raises(InputError, match="none of the files"):
        read({"readme.txt": b"hello"}, brand="kuka")


@pytest.mark.parametrize("name", ["a.mod", "a.src", "a.erp"])
def test_texts_of_old_controllers_are_decoded(name: str) -> None:
    brand = guess_brand(name, "")
    coding = READERS[brand].coding
    word = "位置" if coding == "gb18030" else "Schweißen"
    comment = {"abb": "! ", "kuka": "; ", "estun": "// ", "kawasaki": "; "}[brand] + word
    first = PROGRAMS[brand][name] + comment + "\n"
    files = {n: t.encode() for n, t in PROGRAMS[brand].items()} | {name: first.encode(coding)}

    assert read(files, brand=brand).moves


def test_the_samples_on_this_machine_are_recognised(real_data: Path) -> None:
    folders = sorted((real_data / "programs").iterdir())
    assert len(folders) >= 9
    for folder in folders:
        brand = folder.name.split("_")[0]
        for file in sorted(folder.iterdir()):
            if file.suffix != ".md":
                assert guess_brand(file.name, file.read_text()) == brand


def test_every_motion_of_the_samples_is_understood(real_data: Path) -> None:
    for folder in sorted((real_data / "programs").iterdir()):
        brand = folder.name.split("_")[0]
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() not in READERS[brand].suffixes:
                continue
            said = read({file.name: file.read_bytes()}, brand=brand)
            share = f"{said.understood:.1%} of {len(said.statements)}, motion {said.motion_understood:.1%}"
            print(f"{folder.name}/{file.name}: understood {share} ({len(said.moves)} moves)")  # noqa: T201
            assert said.motion_understood >= 0.95
            assert said.understood >= 0.95
