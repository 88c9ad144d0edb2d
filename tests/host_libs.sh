#!/bin/sh
# tests/host_libs.sh - hookdesk-script links what it may, and nothing else:
# whoever breaks out of Lua finds no store, no network library and no ICU.
host=${HOOKDESK_SCRIPT_HOST:-./hookdesk-script}
if ! command -v readelf >/dev/null; then
	echo '1..0 # SKIP readelf is missing'
	exit 0
fi
bad=
found=0
for lib in $(readelf -d "$host" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'); do
	found=$((found + 1))
	case $lib in
	libc.so.*|libm.so.*|liblua5.4.so.*|libcjson.so.*|libseccomp.so.*) ;;
	libasan.so.*|libubsan.so.*|libtsan.so.*) ;; # a build with sanitizers
	*) bad="$bad $lib" ;;
	esac
done
if [ "$found" -gt 0 ] && [ -z "$bad" ]; then
	echo 'ok 1 - hookdesk-script links only what it may'
else
	echo "# found $found libraries; not allowed:$bad"
	echo 'not ok 1 - hookdesk-script links only what it may'
fi
echo '1..1'
