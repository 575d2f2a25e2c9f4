"""PyInstaller's own hook, without the plugins Carrel never uses: each would bring its libraries (GTK, QML, EGL boards)."""

from pathlib import Path

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

UNWANTED = {
    *("libqgtk3.so", "libqeglfs.so", "libqlinuxfb.so", "libqvnc.so", "libqminimal.so", "libqminimalegl.so", "libqvkkhrdisplay.so"),
    *("libqtvirtualkeyboardplugin.so", "libqpdf.so", "libqtuiotouchplugin.so"),
}
UNWANTED_FOLDERS = {"egldeviceintegrations", "networkinformation", "tls"}

hiddenimports, binaries, datas = add_qt6_dependencies(__file__)
binaries = [
    (source, target)
    for source, target in binaries
    if Path(source).name not in UNWANTED and Path(target).name not in UNWANTED_FOLDERS
]
