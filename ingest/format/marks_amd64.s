#include "textflag.h"

DATA chars<>+0(SB)/8, $0x00010b2e5c203f22
GLOBL chars<>(SB), RODATA|NOPTR, $8

// CHARS fills Y0 and Y10 with what stops are, Y1 with spaces and Y2 with backslashes, and
// with what tells digits and dots: Y11 with dots, Y12 with how far digits are from those
// at most, and Y13 with how far a slash is.
#define CHARS \
	VPBROADCASTB chars<>+0(SB), Y0  \
	VPBROADCASTB chars<>+1(SB), Y10 \
	VPBROADCASTB chars<>+2(SB), Y1  \
	VPBROADCASTB chars<>+3(SB), Y2  \
	VPBROADCASTB chars<>+4(SB), Y11 \
	VPBROADCASTB chars<>+5(SB), Y12 \
	VPBROADCASTB chars<>+6(SB), Y13

// FIRST sets AX to the index of the first space of the 64 bytes at SI, 64 where there is
// none, and R9 to that of the first of 32 that is neither a digit nor a dot.
#define FIRST \
	VMOVDQU   (SI), Y4       \
	VPCMPEQB  Y4, Y1, Y5     \
	VPCMPEQB  32(SI), Y1, Y6 \
	VPMOVMSKB Y5, AX         \
	VPMOVMSKB Y6, R8         \
	SHLQ      $32, R8        \
	ORQ       R8, AX         \
	MOVQ      $64, R8        \
	BSFQ      AX, AX         \
	CMOVQEQ   R8, AX         \
	VPSUBB    Y11, Y4, Y4    \
	VPMINUB   Y12, Y4, Y5    \
	VPCMPEQB  Y4, Y5, Y5     \
	VPCMPEQB  Y13, Y4, Y4    \
	VPANDN    Y5, Y4, Y4     \
	VPMOVMSKB Y4, R9         \
	NOTQ      R9             \
	BSFQ      R9, R9

// MARK reads the 64 bytes at SI: AX gets a bit for each stop, and Y6 and Y7 what is no
// printable ASCII or a backslash.
#define MARK \
	VMOVDQU  (SI), Y4       \
	VMOVDQU  32(SI), Y5     \
	VPCMPEQB Y0, Y4, Y6     \
	VPCMPEQB Y0, Y5, Y7     \
	VPCMPEQB Y10, Y4, Y8    \
	VPCMPEQB Y10, Y5, Y9    \
	VPOR     Y8, Y6, Y6     \
	VPOR     Y9, Y7, Y7     \
	VPMOVMSKB Y6, AX        \
	VPMOVMSKB Y7, R8        \
	SHLQ     $32, R8        \
	ORQ      R8, AX         \
	VPCMPEQB Y2, Y4, Y6     \
	VPCMPEQB Y2, Y5, Y7     \
	VPCMPGTB Y4, Y1, Y8     \
	VPCMPGTB Y5, Y1, Y9     \
	VPOR     Y6, Y8, Y6     \
	VPOR     Y7, Y9, Y7

// func findUntil(text *byte, n int, at *[2048]int16) (odd, space, numbers, found int)
TEXT ·findUntil(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ at+16(FP), DI
	CHARS
	XORQ DX, DX // how many are written
	XORQ BX, BX // the index of the first of the 64 bytes
	SUBQ $64, CX
	JL   none
	FIRST
	MOVQ AX, space+32(FP)
	MOVQ R9, numbers+40(FP)

next:
	MARK
	VPMOVMSKB Y6, R10
	VPMOVMSKB Y7, R8
	SHLQ      $32, R8
	ORQ       R8, R10
	JZ        list
	LEAQ      -1(R10), R8 // the bits of what is behind it go
	ANDQ      R8, AX
	MOVQ      R10, R8
	NOTQ      R8
	ANDQ      R8, AX

list:
	TESTQ AX, AX
	JZ    listed

more:
	BSFQ AX, R9
	ADDQ BX, R9
	MOVW R9, (DI)(DX*2)
	INCQ DX
	LEAQ -1(AX), R9
	ANDQ R9, AX
	JNZ  more

listed:
	TESTQ R10, R10
	JNZ   odd
	ADDQ  $64, SI
	ADDQ  $64, BX
	SUBQ  $64, CX
	JGE   next

none:
	MOVQ $-1, AX
	MOVQ AX, odd+24(FP)
	VZEROUPPER
	RET

odd:
	BSFQ R10, R10
	ADDQ BX, R10
	MOVQ R10, odd+24(FP)
	MOVQ DX, found+48(FP)
	VZEROUPPER
	RET

// func markLine(line *byte, n int, stops *[16]uint64) (plain bool, space, numbers int)
TEXT ·markLine(SB), NOSPLIT, $0-48
	MOVQ line+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ stops+16(FP), DI
	CHARS
	FIRST
	MOVQ  AX, space+32(FP)
	MOVQ  R9, numbers+40(FP)
	VPXOR Y3, Y3, Y3

whole:
	MARK
	VPOR Y6, Y3, Y3
	VPOR Y7, Y3, Y3
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	SUBQ $64, CX
	CMPQ CX, $64
	JGE  whole

	TESTQ CX, CX
	JZ    done

	// The last 64 bytes, of which only CX are new.
	NEGQ CX
	ADDQ $64, CX
	SUBQ CX, SI
	MARK
	VPOR Y6, Y3, Y3
	VPOR Y7, Y3, Y3
	SHRQ CX, AX
	MOVQ AX, (DI)

done:
	VPTEST Y3, Y3
	SETEQ  plain+24(FP)
	VZEROUPPER
	RET

DATA upTo63<>+0(SB)/8, $0x0706050403020100
DATA upTo63<>+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA upTo63<>+16(SB)/8, $0x1716151413121110
DATA upTo63<>+24(SB)/8, $0x1f1e1d1c1b1a1918
DATA upTo63<>+32(SB)/8, $0x2726252423222120
DATA upTo63<>+40(SB)/8, $0x2f2e2d2c2b2a2928
DATA upTo63<>+48(SB)/8, $0x3736353433323130
DATA upTo63<>+56(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL upTo63<>(SB), RODATA|NOPTR, $64

// LIST writes the indexes of the bits of K3 behind the DX that are written: 32 at a time,
// as more are none of them, mostly.
#define LIST \
	KMOVQ          K3, R9         \
	POPCNTQ        R9, R9         \
	VPCOMPRESSB.Z  Z5, K3, Z6     \
	VPMOVZXBW      Y6, Z7         \
	VPADDW         Z8, Z7, Z7     \
	VMOVDQU64      Z7, (DI)(DX*2) \
	CMPQ           R9, $32        \
	JLS            5(PC)          \
	VEXTRACTI64X4  $1, Z6, Y6     \
	VPMOVZXBW      Y6, Z7         \
	VPADDW         Z8, Z7, Z7     \
	VMOVDQU64      Z7, 64(DI)(DX*2) \
	ADDQ           R9, DX

// func findUntilWide(text *byte, n int, at *[2048]int16) (odd, space, numbers, found int)
TEXT ·findUntilWide(SB), NOSPLIT, $0-56
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ at+16(FP), DI

	VPBROADCASTB chars<>+0(SB), Z0
	VPBROADCASTB chars<>+1(SB), Z3
	VPBROADCASTB chars<>+2(SB), Z1
	VPBROADCASTB chars<>+3(SB), Z2
	VPBROADCASTB chars<>+4(SB), Z11
	VPBROADCASTB chars<>+5(SB), Z12
	VPBROADCASTB chars<>+6(SB), Z13
	MOVQ         $64, AX
	VPBROADCASTW AX, Z9
	VPXORQ       Z8, Z8, Z8 // the index of the first of the 64 bytes
	VMOVDQU64    upTo63<>(SB), Z5
	XORQ         BX, BX
	XORQ         DX, DX
	SUBQ         $64, CX
	JL           none

	VMOVDQU64 (SI), Z4
	VPCMPEQB  Z4, Z1, K1
	KMOVQ     K1, AX
	TZCNTQ    AX, AX
	MOVQ      AX, space+32(FP)
	VPSUBB    Z11, Z4, Z4
	VPCMPUB   $2, Z12, Z4, K1 // at most
	VPCMPUB   $4, Z13, Z4, K1, K1 // and not
	KNOTQ     K1, K1
	KMOVQ     K1, AX
	TZCNTQ    AX, AX
	MOVQ      AX, numbers+40(FP)

next:
	VMOVDQU64   (SI)(BX*1), Z4
	VPCMPEQB    Z2, Z4, K1
	VPCMPGTB    Z4, Z1, K2
	VPCMPEQB    Z0, Z4, K3
	VPCMPEQB    Z3, Z4, K4
	KORQ        K4, K3, K3
	KORTESTQ    K2, K1
	JNE         odd
	LIST
	VPADDW      Z9, Z8, Z8
	ADDQ        $64, BX
	SUBQ        $64, CX
	JGE         next

none:
	MOVQ $-1, AX
	MOVQ AX, odd+24(FP)
	VZEROUPPER
	RET

odd:
	KORQ          K2, K1, K1
	KMOVQ         K1, AX
	BLSMSKQ       AX, R8 // the bits of what is behind it go
	TZCNTQ        AX, CX
	KMOVQ         R8, K1
	KANDQ         K1, K3, K3
	LIST
	MOVQ          DX, found+48(FP)
	ADDQ          BX, CX
	MOVQ          CX, odd+24(FP)
	VZEROUPPER
	RET
