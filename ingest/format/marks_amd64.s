#include "textflag.h"

// MARK reads the 64 bytes at SI: AX gets a bit for each quote and question mark and BX
// one for each space, and Y6 and Y7 what is no printable ASCII or a backslash.
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
	VPCMPEQB Y1, Y4, Y6     \
	VPCMPEQB Y1, Y5, Y7     \
	VPMOVMSKB Y6, BX        \
	VPMOVMSKB Y7, R9        \
	SHLQ     $32, R9        \
	ORQ      R9, BX         \
	VPCMPEQB Y2, Y4, Y6     \
	VPCMPEQB Y2, Y5, Y7     \
	VPCMPGTB Y4, Y1, Y8     \
	VPCMPGTB Y5, Y1, Y9     \
	VPOR     Y6, Y8, Y6     \
	VPOR     Y7, Y9, Y7

// func markUntil(text *byte, n int, stops, spaces *[16]uint64) int
TEXT ·markUntil(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ stops+16(FP), DI
	MOVQ spaces+24(FP), DX

	MOVQ         $0x22, AX
	VMOVQ        AX, X0
	VPBROADCASTB X0, Y0
	MOVQ         $0x3f, AX
	VMOVQ        AX, X10
	VPBROADCASTB X10, Y10
	MOVQ         $0x20, AX
	VMOVQ        AX, X1
	VPBROADCASTB X1, Y1
	MOVQ         $0x5c, AX
	VMOVQ        AX, X2
	VPBROADCASTB X2, Y2
	MOVQ         SI, R10
	SUBQ         $64, CX
	JL           none

next:
	MARK
	MOVQ     AX, (DI)
	MOVQ     BX, (DX)
	VPMOVMSKB Y6, AX
	VPMOVMSKB Y7, R8
	SHLQ     $32, R8
	ORQ      R8, AX
	JNZ      odd
	ADDQ     $64, SI
	ADDQ     $8, DI
	ADDQ     $8, DX
	SUBQ     $64, CX
	JGE      next

none:
	MOVQ $-1, AX
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET

odd:
	BSFQ AX, CX // the bits of what is behind it go
	MOVQ $1, R8
	SHLQ CX, R8
	DECQ R8
	ANDQ R8, (DI)
	ANDQ R8, (DX)
	SUBQ R10, SI
	ADDQ SI, CX
	MOVQ CX, ret+32(FP)
	VZEROUPPER
	RET

// func markLine(line *byte, n int, stops, spaces *[16]uint64) bool
TEXT ·markLine(SB), NOSPLIT, $0-33
	MOVQ line+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ stops+16(FP), DI
	MOVQ spaces+24(FP), DX

	MOVQ         $0x22, AX
	VMOVQ        AX, X0
	VPBROADCASTB X0, Y0
	MOVQ         $0x3f, AX
	VMOVQ        AX, X10
	VPBROADCASTB X10, Y10
	MOVQ         $0x20, AX
	VMOVQ        AX, X1
	VPBROADCASTB X1, Y1
	MOVQ         $0x5c, AX
	VMOVQ        AX, X2
	VPBROADCASTB X2, Y2
	VPXOR        Y3, Y3, Y3

whole:
	MARK
	VPOR Y6, Y3, Y3
	VPOR Y7, Y3, Y3
	MOVQ AX, (DI)
	MOVQ BX, (DX)
	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, DX
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
	SHRQ CX, BX
	MOVQ AX, (DI)
	MOVQ BX, (DX)

done:
	VPTEST Y3, Y3
	SETEQ  ret+32(FP)
	VZEROUPPER
	RET
