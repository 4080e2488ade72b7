# Installs Codex Sidecar for the user who runs it, on Windows: PowerShell 5.1 or 7, no administrator, and nothing at all
# before the checksum of what was downloaded is the one that the release names.
#
#   $env:SIDECAR_VERSION       the version to install, such as 0.1.0; default: the latest release
#   $env:SIDECAR_INSTALL_DIR   the folder it goes to; default: %LOCALAPPDATA%\Programs\codex-sidecar
#   $env:SIDECAR_BASE_URL      a mirror of the releases page: FILE is asked for at
#                              URL/latest/download/FILE or URL/download/vVERSION/FILE
#
# To uninstall: sidecar undo, delete the folder, and take it from PATH in the environment variables of your account.
# PowerShell reads the whole text before it runs a line of it, so a download cut in the middle runs nothing.

& {
  Set-StrictMode -Version 2
  $ErrorActionPreference = 'Stop'
  # The bar makes Windows PowerShell download at a tenth of the speed
  $ProgressPreference = 'SilentlyContinue'

  # The release workflow writes the repository's name here.
  $repository = "OWNER/codex-sidecar"

  # A refusal: what is the matter, and what to do.
  function Deny([string] $What, [string] $Advice) {
    throw [System.InvalidOperationException]::new("install: $What`n  -> $Advice")
  }

  function Find-Platform {
    if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
      Deny 'this is not Windows' 'Use install.sh from the same release page'
    }
    # The variables of a process name what it is emulated as; the registry names the machine
    $machine = (Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment').PROCESSOR_ARCHITECTURE
    switch ($machine) {
      'AMD64' { return 'windows-x64' }
      'ARM64' { return 'windows-arm64' }
    }
    Deny "there is no build for Windows on $machine" 'Builds are for x64 and arm64'
  }

  function Find-Source {
    $base = $env:SIDECAR_BASE_URL
    if (-not $base) {
      if ($repository.StartsWith('OWNER/')) {
        Deny 'this copy of install.ps1 belongs to no release' 'Take install.ps1 from the release page, or set SIDECAR_BASE_URL'
      }
      $base = "https://github.com/$repository/releases"
    }
    $base = $base.TrimEnd('/')
    $uri = $null
    $read = [System.Uri]::TryCreate($base, [System.UriKind]::Absolute, [ref] $uri)
    if (-not $read -or -not ($uri.Scheme -eq 'https' -or ($uri.Scheme -eq 'http' -and $uri.IsLoopback))) {
      Deny "SIDECAR_BASE_URL is $base, which is not https" 'Name a mirror that begins with https://'
    }
    $version = "$env:SIDECAR_VERSION" -replace '^v', ''
    if ($version -eq '' -or $version -eq 'latest') { return "$base/latest/download" }
    if ($version -notmatch '^[0-9][0-9A-Za-z.+-]*$') {
      Deny "SIDECAR_VERSION is $version, which is no version" 'Write it like 0.1.0'
    }
    return "$base/download/v$version"
  }

  function Receive-Asset([string] $From, [string] $Name, [string] $Folder) {
    try {
      Invoke-WebRequest -UseBasicParsing -Uri "$From/$Name" -OutFile (Join-Path $Folder $Name)
    } catch {
      Deny "$From/$Name could not be downloaded: $($_.Exception.Message)" `
        'See whether that release exists, and whether this network reaches it; SIDECAR_BASE_URL names a mirror'
    }
  }

  # Compares the archive with the line of SHA256SUMS that names it.
  function Confirm-Checksum([string] $Folder, [string] $Archive) {
    $wanted = $null
    foreach ($line in [System.IO.File]::ReadAllLines((Join-Path $Folder 'SHA256SUMS'))) {
      if ($line -match '^([0-9a-fA-F]{64}) [ *](.+)$' -and $Matches[2] -eq $Archive) { $wanted = $Matches[1] }
    }
    if (-not $wanted) {
      Deny "SHA256SUMS of that release names no checksum of $Archive" `
        'Nothing was installed; that release may have no build for this machine'
    }
    $found = (Get-FileHash -Algorithm SHA256 -LiteralPath (Join-Path $Folder $Archive)).Hash
    if ($found -ne $wanted) {
      Deny "$Archive has another checksum than SHA256SUMS names: $($found.ToLowerInvariant())" `
        'Nothing was installed. Run this again; if it stays so, distrust that source'
    }
  }

  # Windows does not overwrite a program that runs, but lets it be renamed: the old one is moved aside, and taken away by
  # the next installation if it still ran in this one. All moves within the folder are renames.
  function Install-Program([string] $Source, [string] $Folder) {
    $target = Join-Path $Folder 'sidecar.exe'
    $mark = [System.Guid]::NewGuid().ToString('N')
    $new = "$target.$mark.new"
    $old = "$target.$mark.old"
    $made = -not (Test-Path -LiteralPath $Folder)
    try {
      [void] [System.IO.Directory]::CreateDirectory($Folder)
      Move-Item -LiteralPath $Source -Destination $new
      if (Test-Path -LiteralPath $target) { Move-Item -LiteralPath $target -Destination $old }
      Move-Item -LiteralPath $new -Destination $target
    } catch {
      $why = $_.Exception.Message
      if (Test-Path -LiteralPath $old) { Move-Item -LiteralPath $old -Destination $target }
      Remove-Item -LiteralPath $new -Force -ErrorAction SilentlyContinue
      if ($made) { Remove-Item -LiteralPath $Folder -ErrorAction SilentlyContinue }
      Deny "$Folder cannot be written to: $why" 'Set SIDECAR_INSTALL_DIR to a folder of yours'
    }
    Get-ChildItem -LiteralPath $Folder -Filter 'sidecar.exe.*.old' | Remove-Item -Force -ErrorAction SilentlyContinue
    return $target
  }

  # Adds the folder to the user's PATH as it is written in the registry: variables in it stay variables, and nothing is
  # cut off, as setx does. Returns whether it was added.
  function Add-UserPath([string] $Folder) {
    $key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
    try {
      $kind = [Microsoft.Win32.RegistryValueKind]::ExpandString
      if ($key.GetValueNames() -contains 'Path') { $kind = $key.GetValueKind('Path') }
      $path = [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
      $entries = @($path -split ';' | Where-Object { $_ })
      foreach ($entry in $entries) {
        if ([System.Environment]::ExpandEnvironmentVariables($entry).TrimEnd('\') -eq $Folder) { return $false }
      }
      $key.SetValue('Path', (@($entries) + $Folder) -join ';', $kind)
    } finally {
      $key.Close()
    }
    # Any change of a variable by this call tells the programs that run that PATH is another one
    [System.Environment]::SetEnvironmentVariable('CODEX_SIDECAR_PATH_CHANGED', $null, 'User')
    return $true
  }

  function Invoke-Installation {
    # Windows PowerShell 5.1 does not offer TLS 1.2 by itself on every Windows
    [System.Net.ServicePointManager]::SecurityProtocol =
      [System.Net.ServicePointManager]::SecurityProtocol -bor [System.Net.SecurityProtocolType]::Tls12

    $name = "sidecar-$(Find-Platform)"
    $from = Find-Source
    $folder = $env:SIDECAR_INSTALL_DIR
    if (-not $folder) { $folder = Join-Path $env:LOCALAPPDATA 'Programs\codex-sidecar' }
    $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder).TrimEnd('\')

    $work = Join-Path ([System.IO.Path]::GetTempPath()) "sidecar-install-$([System.Guid]::NewGuid().ToString('N'))"
    [void] [System.IO.Directory]::CreateDirectory($work)
    try {
      Write-Host "fetching $from/$name.zip"
      Receive-Asset $from 'SHA256SUMS' $work
      Receive-Asset $from "$name.zip" $work
      Confirm-Checksum $work "$name.zip"
      $program = Join-Path $work "$name\sidecar.exe"
      try {
        Expand-Archive -LiteralPath (Join-Path $work "$name.zip") -DestinationPath $work
      } catch {
        Deny "$name.zip is not the archive it should be" 'Nothing was installed; tell the people who made that release'
      }
      if (-not (Test-Path -LiteralPath $program)) {
        Deny "$name.zip holds no sidecar.exe" 'Nothing was installed; tell the people who made that release'
      }
      $said = $null
      try { $said = & $program --version } catch { $said = $null }
      if (-not $said -or $LASTEXITCODE -ne 0) {
        Deny 'the program does not run on this machine, and nothing was installed' `
          'It is not signed, which rules of a company may refuse; README.md tells how to run it from a checkout'
      }
      $target = Install-Program $program $folder
    } finally {
      Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
    }

    Write-Host "installed sidecar ${said}: $target"
    $first = Get-Command sidecar -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($first -and $first.Path -ne $target) { Write-Host "Another one comes first on your PATH: $($first.Path)" }
    if (Add-UserPath $folder) { Write-Host "$folder is now on your PATH; terminals opened from now on know it" }
    if (($env:Path -split ';' | ForEach-Object { $_.TrimEnd('\') }) -notcontains $folder) { $env:Path += ";$folder" }
    Write-Host "`nNext: sidecar init   shows what it would change in the settings of Codex, and asks first"
  }

  try {
    Invoke-Installation
  } catch {
    [System.Console]::Error.WriteLine($_.Exception.Message)
    # Read from the web into a terminal, `exit` would close that terminal
    if ($PSCommandPath) { exit 1 }
    $global:LASTEXITCODE = 1
  }
}
