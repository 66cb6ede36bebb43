# docker build -t weir .   ·   docker run --rm -it weir --demo
#
# Where no registry can be reached, .ci/base makes a local golang:1.26 first.
ARG BUILDER=golang:1.26
FROM ${BUILDER} AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY tui/quiet/ahead tui/quiet/ahead
RUN go mod download
ARG VERSION=
COPY . .
# /out is the whole file system of the image. Its /tmp is for the demo's logs
# and for what streams are spooled to; anyone may write there, as weir may be
# run as any user. Group 4 is Debian's adm, which may read the logs in /var/log.
RUN mkdir -p /out/etc && mkdir -m 1777 /out/tmp \
 && echo 'weir:x:65532:65532:weir:/tmp:/weir' > /out/etc/passwd \
 && printf 'weir:x:65532:\nadm:x:4:weir\n' > /out/etc/group \
 && GOGC=400 CGO_ENABLED=0 go build -trimpath -pgo=bench/weir.pgo -ldflags="-s -w -X main.version=$VERSION" -o /out/weir .

FROM scratch
COPY --from=build /out/ /
# Certificates for archives and notifications over https.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
ENV TMPDIR=/tmp TERM=xterm-256color
USER 65532
ENTRYPOINT ["/weir"]
