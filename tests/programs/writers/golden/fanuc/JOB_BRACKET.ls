/PROG  JOB_BRACKET
/ATTR
OWNER		= MNEDITOR;
COMMENT		= "Cellwright";
PROG_SIZE	= 0;
CREATE		= DATE 24-01-01  TIME 00:00:00;
MODIFIED	= DATE 24-01-01  TIME 00:00:00;
FILE_NAME	= ;
VERSION		= 0;
LINE_COUNT	= 75;
MEMORY_SIZE	= 0;
PROTECT		= READ_WRITE;
TCD:  STACK_SIZE	= 0,
      TASK_PRIORITY	= 50,
      TIME_SLICE	= 0,
      BUSY_LAMP_OFF	= 0,
      ABORT_REQUEST	= 0,
      PAUSE_REQUEST	= 0;
DEFAULT_GROUP	= 1,*,*,*,*;
CONTROL_CODE	= 00000000 00000000;
/MN
   1:  !Written by Cellwright in TP ;
   2:  !for FANUC ;
   3:  !robot 'fanuc/test-arm', model ;
   4:  !'test arm' ;
   5:  !job 'bracket', plan ;
   6:  !c5b82687daba5ef2 ;
   7:  !JOB_BRACKET is 'bracket' ;
   8:  !UTOOL 9 is 'torch 45' ;
   9:  !UFRAME 9 is 'part' ;
  10:  !CONVENTION UNVERIFIED: sign ;
  11:  !and zero of the axes, root and ;
  12:  !face of this model ;
  13:  !UNVERIFIED: J3 counts from the ;
  14:  !horizontal: J3 of the arm less ;
  15:  !J2 ;
  16:  !UNVERIFIED: W P R: Rz(R) Ry(P) ;
  17:  !Rx(W) ;
  18:  !UNVERIFIED: CONFIG: N where J5 ;
  19:  !is 0 or less, turns of J1 J4 ;
  20:  !J6 ;
  21:  !UNVERIFIED: CNT n leaves n ;
  22:  !percent of the way in which ;
  23:  !the robot brakes ;
  24:  !UNVERIFIED: Weave amplitude is ;
  25:  !to each side, a zigzag is Sine ;
  26:  !UNVERIFIED: speeds in mm/sec ;
  27:  !with one decimal ;
  28:  !Run it first without the ;
  29:  !process, at reduced speed, ;
  30:  !with a hand on the enabling ;
  31:  !switch. ;
  32:  PR[99,1]=30.000 ;
  33:  PR[99,2]=1.000 ;
  34:  PR[99,3]=360.000 ;
  35:  PR[99,4]=0.000 ;
  36:  PR[99,5]=45.000 ;
  37:  PR[99,6]=0.000 ;
  38:  UTOOL[9]=PR[99] ;
  39:  PR[99,1]=914.127 ;
  40:  PR[99,2]=119.880 ;
  41:  PR[99,3]=400.000 ;
  42:  PR[99,4]=5.000 ;
  43:  PR[99,5]=0.000 ;
  44:  PR[99,6]=50.000 ;
  45:  UFRAME[9]=PR[99] ;
  46:  UFRAME_NUM=9 ;
  47:  UTOOL_NUM=9 ;
  48:  !PAYLOAD[1] must be 2.50 kg, ;
  49:  !centre 1.00 0.00 12.00 cm ;
  50:  PAYLOAD[1] ;
  51:J P[1] 10% FINE ;
  52:J P[2] 40% FINE ;
  53:  !'seam_1' ;
  54:L P[3] 100mm/sec FINE ;
  55:  !process_on (current=220, ;
  56:  !job=3, voltage=24) ;
  57:  Weld Start[1,3] ;
  58:L P[4] 8mm/sec CNT33 ;
  59:C P[5]
    :  P[6] 8mm/sec FINE ;
  60:  Weld End[1,3] ;
  61:L P[7] 250mm/sec CNT10 ;
  62:J P[8] 40% FINE ;
  63:  !'seam_2' ;
  64:L P[9] 100mm/sec FINE ;
  65:  Weave Sine[2.0Hz,2.0mm,0.0s,0.0s] ;
  66:  !process_on (current=220, ;
  67:  !job=3, voltage=24) ;
  68:  Weld Start[1,3] ;
  69:L P[10] 8mm/sec CNT33 ;
  70:L P[11] 8mm/sec FINE ;
  71:  Weld End[1,3] ;
  72:  Weave End ;
  73:L P[12] 250mm/sec CNT10 ;
  74:J P[13] 40% CNT6 ;
  75:J P[14] 40% FINE ;
/POS
P[1]{
   GP1:
	UF : 9, UT : 9,
	J1=     0.000 deg,	J2=   -20.000 deg,	J3=    20.000 deg,
	J4=     0.000 deg,	J5=    60.000 deg,	J6=     0.000 deg
};
P[2]{
   GP1:
	UF : 9, UT : 9,
	J1=   -16.878 deg,	J2=    19.436 deg,	J3=    24.327 deg,
	J4=    60.082 deg,	J5=    78.325 deg,	J6=   -72.582 deg
};
P[3]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =     0.000  mm,	Y =    -0.001  mm,	Z =     0.000  mm,
	W =   135.071 deg,	P =    -2.859 deg,	R =   177.138 deg
};
P[4]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   120.000  mm,	Y =    -0.001  mm,	Z =     0.000  mm,
	W =   135.071 deg,	P =    -2.859 deg,	R =   177.138 deg
};
P[5]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   155.355  mm,	Y =    14.644  mm,	Z =     0.000  mm,
	W =   137.143 deg,	P =   -15.289 deg,	R =  -173.364 deg
};
P[6]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   170.000  mm,	Y =    49.999  mm,	Z =     0.000  mm,
	W =   145.106 deg,	P =   -30.446 deg,	R =  -171.000 deg
};
P[7]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   170.000  mm,	Y =    49.999  mm,	Z =    60.000  mm,
	W =   145.106 deg,	P =   -30.446 deg,	R =  -171.000 deg
};
P[8]{
   GP1:
	UF : 9, UT : 9,
	J1=   -14.534 deg,	J2=     6.759 deg,	J3=    42.078 deg,
	J4=    70.910 deg,	J5=    72.718 deg,	J6=   -78.697 deg
};
P[9]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =     0.000  mm,	Y =   149.999  mm,	Z =     0.000  mm,
	W =   135.072 deg,	P =     2.878 deg,	R =   171.422 deg
};
P[10]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   120.000  mm,	Y =   149.999  mm,	Z =     0.000  mm,
	W =   135.072 deg,	P =     2.878 deg,	R =   171.422 deg
};
P[11]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   170.000  mm,	Y =   199.999  mm,	Z =     0.000  mm,
	W =   139.869 deg,	P =   -22.357 deg,	R =  -170.745 deg
};
P[12]{
   GP1:
	UF : 9, UT : 9,		CONFIG : 'F U T, 0, 0, 0',
	X =   170.000  mm,	Y =   199.999  mm,	Z =    60.000  mm,
	W =   139.869 deg,	P =   -22.357 deg,	R =  -170.745 deg
};
P[13]{
   GP1:
	UF : 9, UT : 9,
	J1=     2.445 deg,	J2=    -1.145 deg,	J3=    17.885 deg,
	J4=    22.272 deg,	J5=    67.228 deg,	J6=   -24.743 deg
};
P[14]{
   GP1:
	UF : 9, UT : 9,
	J1=     0.000 deg,	J2=   -20.000 deg,	J3=    20.000 deg,
	J4=     0.000 deg,	J5=    60.000 deg,	J6=     0.000 deg
};
/END
